'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const DAY = 86400000, PAGE = 50, LIVES = 20, LIVES_MORE = 200, SHORT = 5, YEAR = 365;
  const PHASES = data.phases, WORST_FIRST = PHASES.map((_, i) => PHASES.length - 1 - i);
  const MEANINGS = { supported: 'gets security fixes', ending: 'security fixes end soon', unpatched: 'gets no security fixes',
    unavailable: 'past its end of availability', invalid: 'not an image reference', unresolved: 'could be several releases',
    unlisted: 'in no catalog' };
  const [ENDING, UNPATCHED, UNAVAILABLE] = ['ending', 'unpatched', 'unavailable'].map(name => PHASES.indexOf(name));
  const isUnknown = phase => phase > 0 && phase < ENDING;
  const GROUPS = ['Changes ahead', 'Already ended', 'Not known', 'No change in sight'];
  const [AHEAD, ENDED, UNKNOWN, STEADY] = GROUPS.keys();
  const [ALLOW, WARN, DENY] = [0, 1, 2];

  // ---- Days: counted from 1970-01-01, in UTC ----

  const iso = day => new Date(day * DAY).toISOString().slice(0, 10);
  const dayOf = text => Date.parse(text + 'T00:00:00Z') / DAY;
  const number = n => n.toLocaleString('en');
  const plural = (n, word) => `${number(n)} ${word}${n === 1 ? '' : 's'}`;
  const later = n => `${plural(Math.abs(n), 'day')} ${n < 0 ? 'earlier' : 'later'}`;
  const ago = n => n < 0 ? `${plural(-n, 'day')} ago` : n > 0 ? `in ${plural(n, 'day')}` : 'today';

  // ---- Phases and actions on a day ----

  // An image's life is a list of [first day, phase, action], as the program judged it; before the mode.
  function spanAt(life, day) {
    let low = 0, high = life.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (life[middle][0] <= day) low = middle; else high = middle - 1;
    }
    return low;
  }

  function soften(mode, action) {
    const name = data.modes[mode];
    return name === 'enforce' ? action : name === 'warn' ? Math.min(action, WARN) : ALLOW;
  }

  const workloads = data.workloads.map(([namespace, kind, name, owner, mode, pods, cluster]) =>
    ({ namespace, kind, name, owner, mode, pods, cluster: cluster || data.clusters[0] || '' }));
  const texts = new Map();
  const images = data.images.map(image => {
    if (!texts.has(image.text)) texts.set(image.text, texts.size);
    return { ...image, number: texts.get(image.text), entries: [] };
  });
  const entries = data.entries.map(([w, i, containers, place, pods, accepted, history, waived, why, way, hint]) => {
    const workload = workloads[w], image = images[i];
    const entry = { workload, image, containers, place, pods, accepted, history, waived, w,
      why: why || '', way: way || '', hint: hint || '' };
    entry.words = [workload.cluster, workload.namespace, workload.kind, workload.name, workload.owner, image.text,
      image.digest, image.release, containers, place, entry.why, entry.way, entry.hint].join('\n').toLowerCase();
    image.entries.push(entry);
    return entry;
  });

  // The day on which the phase of a span began, or NaN.
  function began(image, span) {
    if (span > 0) return image.life[span][0];
    const last = image.phase === UNAVAILABLE ? image.availability : image.patch;
    return last === null ? NaN : last + 1;
  }

  // What will change, soonest first; what has ended, the latest first; what is not known.
  function byChange(a, b) {
    if (a.group !== b.group) return a.group - b.group;
    const days = a.group === AHEAD ? a.next[0] - b.next[0] : a.group === ENDED ? (b.since || 0) - (a.since || 0) : 0;
    return days || b.action - a.action || b.phase - a.phase || a.number - b.number;
  }
  const byChanges = [...images]; // stays sorted, as the next day that is looked at is mostly near

  // Fills in what each image and entry is on a day.
  function judge(day) {
    for (const image of images) {
      let span = spanAt(image.life, day);
      [, image.phase, image.action] = image.life[span];
      image.next = image.life[span + 1] || null;
      while (span > 0 && image.life[span - 1][1] === image.phase) span--;
      image.since = image.phase >= UNPATCHED ? began(image, span) : NaN;
      image.group = image.next ? AHEAD : image.phase >= UNPATCHED ? ENDED : isUnknown(image.phase) ? UNKNOWN : STEADY;
    }
    byChanges.sort(byChange).forEach((image, position) => { image.position = position; });
    for (const entry of entries) entry.action = soften(entry.workload.mode, entry.image.action);
  }

  // Workloads by worst phase and strictest action, and images by worst phase.
  function count() {
    const worst = new Int8Array(workloads.length).fill(-1), strictest = new Int8Array(workloads.length).fill(-1);
    const worstOfImage = new Int8Array(texts.size).fill(-1);
    for (const { history, image, action, w } of entries) {
      if (history) continue;
      worst[w] = Math.max(worst[w], image.phase);
      strictest[w] = Math.max(strictest[w], action);
      worstOfImage[image.number] = Math.max(worstOfImage[image.number], image.phase);
    }
    return { phases: tally(worst, PHASES.length), actions: tally(strictest, 3), images: tally(worstOfImage, PHASES.length) };
  }

  function tally(numbers, size) {
    const counts = new Array(size).fill(0);
    for (const n of numbers) if (n >= 0) counts[n]++;
    return counts;
  }

  // ---- Elements ----

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.filter(child => child !== null && child !== ''));
    return element;
  }

  function shape(tag, attributes) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // Text that may break after the separators of a path.
  function breakable(text) {
    const parts = text.split(/(?<=[/:@])/);
    return parts.flatMap((part, i) => i ? [make('wbr'), part] : [part]);
  }

  // Enough of a digest to tell it from others.
  const shortDigest = digest => digest.slice(0, digest.indexOf(':') + 13);
  const shortImage = text => text.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…');

  const phaseClass = phase => 'p-' + PHASES[phase];

  // ---- State ----

  const state = {
    day: data.at, words: [], phase: 'attention', namespace: '*', cluster: '*', sort: 'change', descending: false, page: 0,
    lives: LIVES, printing: false,
  };

  const text = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  const byDay = (a, b) => (a === null) - (b === null) || a - b;
  const byPhase = (a, b) => a.action - b.action || a.image.action - b.image.action || a.image.phase - b.image.phase;
  const byWorkload = (a, b) => text(a.workload.cluster, b.workload.cluster) ||
    text(a.workload.namespace, b.workload.namespace) || text(a.workload.kind, b.workload.kind) ||
    text(a.workload.name, b.workload.name);

  const columns = [
    { key: 'phase', title: 'Phase', compare: byPhase, descendsFirst: true, fill: fillPhase },
    { key: 'workload', title: 'Workload', compare: (a, b) => a.rank - b.rank, fill: fillWorkload },
    { key: 'image', title: 'Image', compare: (a, b) => text(a.image.text, b.image.text), fill: fillImage },
    { key: 'change', title: 'Change', day: true, compare: (a, b) => a.image.position - b.image.position, fill: fillChange },
    { key: 'patch', title: 'End of patch', day: true, compare: (a, b) => byDay(a.image.patch, b.image.patch),
      fill: e => fillDay(e.image.patch) },
    { key: 'availability', title: 'End of availability', day: true,
      compare: (a, b) => byDay(a.image.availability, b.image.availability), fill: e => fillDay(e.image.availability) },
    { key: 'move', title: 'Move to', compare: (a, b) => text(a.image.move, b.image.move), fill: fillMove },
  ].filter(c => ({ move: images.some(i => i.move), patch: images.some(i => i.patch !== null),
    availability: images.some(i => i.availability !== null) })[c.key] ?? true);

  const { clusters } = data;
  const namespaces = [...new Set(workloads.map(w => w.namespace))].sort();

  // ---- Cells ----

  function fillPhase(e) {
    const notes = [];
    if (e.image.action !== e.action) notes.push(`${data.actions[e.image.action]} in mode enforce`);
    if (e.accepted) notes.push('accepted by the baseline');
    if (e.history) notes.push(['history', 'not used in what the file builds'][e.history - 1]);
    if (e.image.outdated) notes.push('outdated');
    if (e.image.unverified) notes.push('unverified');
    return [make('span', { class: 'badge ' + phaseClass(e.image.phase) }, PHASES[e.image.phase]),
      make('small', {}, make('b', { class: 'action-' + data.actions[e.action] }, data.actions[e.action]),
        notes.length ? '; ' + notes.join('; ') : '')];
  }

  function fillWorkload({ workload, containers, pods }) {
    const above = [clusters.length > 1 ? workload.cluster : '', workload.namespace].filter(Boolean).join(' · ');
    const below = [workload.kind, containers, pods ? plural(pods, 'Pod') : '',
      workload.owner ? 'owner ' + workload.owner : ''].filter(Boolean).join(' · ');
    return [above ? make('small', { class: 'where' }, above) : '',
      make('span', { class: 'mono name' }, ...breakable(workload.name || workload.kind)), make('small', {}, below)];
  }

  // What is known about the image apart from dates: where from, by whom it is allowed, what to correct.
  function notesOf({ image, waived, why, way, hint }) {
    const { release, catalog, row, from, inspected } = image;
    const by = from && inspected !== null ? ` · ${from}, inspected ${iso(inspected)}` : '';
    return [row ? `${release} · ${catalog}${by}` : release,
      image.contradicted ? 'its configuration contradicts its name' : '',
      waived && state.day <= waived[2] ? `allowed until ${iso(waived[2])} by an exception of ${waived[0]}` : '',
      why && 'not resolved: ' + why, way, hint && 'to correct: ' + hint].filter(Boolean);
  }

  function fillImage(e) {
    const { text, digest, catalog, row } = e.image;
    return [make('span', { class: 'mono', title: text }, ...breakable(shortImage(text))),
      digest && !text.includes(digest) ? make('small', { class: 'mono', title: digest }, shortDigest(digest)) : '',
      ...notesOf(e).map((note, i) => make('small', row && !i ? { title: `${catalog}: ${row}` } : {}, note)),
      e.place ? make('small', { class: 'place' }, ...breakable(e.place)) : ''];
  }

  function fillDay(day) {
    return day === null ? [] : [make('time', { datetime: iso(day) }, iso(day)),
      make('small', {}, day === state.day ? 'last day' : ago(day - state.day))];
  }

  function fillChange({ image, workload }) {
    if (image.group === AHEAD) {
      const [day, phase, action] = image.next;
      const what = phase !== image.phase ? PHASES[phase] : data.actions[soften(workload.mode, action)];
      return [make('time', { datetime: iso(day) }, iso(day)), make('small', {}, `${what} ${ago(day - state.day)}`)];
    }
    if (Number.isNaN(image.since)) return [];
    return [make('time', { datetime: iso(image.since) }, iso(image.since)),
      make('small', {}, `${PHASES[image.phase]} since`)];
  }

  // What to move to is known for the day of the audit alone.
  function fillMove(e) {
    if (e.image.phase < ENDING || !e.image.move) return [];
    return [e.image.move, state.day === data.at ? null : make('small', {}, `as of ${iso(data.at)}`)];
  }

  // ---- Filters ----

  const changesWithin = ({ next }, days) => next !== null && next[0] - state.day <= days;
  const isFinding = e => !e.accepted && (e.image.action !== ALLOW || changesWithin(e.image, data.within) ||
    (e.waived !== null && state.day <= e.waived[2]));
  const matches = e => (state.namespace === '*' || e.workload.namespace === state.namespace) &&
    (state.cluster === '*' || e.workload.cluster === state.cluster) && state.words.every(word => e.words.includes(word));

  // The choices of "Show"; each phase is one as well.
  const SHOWN = {
    attention: ['What needs attention', e => isFinding(e) || (!e.accepted && (isUnknown(e.image.phase) || changesWithin(e.image, YEAR)))],
    findings: ['Findings', isFinding],
    unknown: ['Unknown images', e => isUnknown(e.image.phase)],
    all: ['Everything', () => true],
  };

  function filtered() {
    const phase = PHASES.indexOf(state.phase);
    const isShown = phase < 0 ? SHOWN[state.phase][1] : e => e.image.phase === phase;
    return entries.filter(e => isShown(e) && matches(e));
  }

  function sorted(list) {
    const { key, day, compare } = columns.find(c => c.key === state.sort), sign = state.descending ? -1 : 1;
    // Empty days stay last whichever way it goes. What is equal stays in the order of the workloads.
    const empty = e => Number(day === true && e.image[key] === null);
    return list.sort((a, b) => empty(a) - empty(b) || sign * compare(a, b) || a.image.position - b.image.position);
  }

  // ---- Drawing ----

  const sum = list => list.reduce((all, n) => all + n, 0);

  function drawSummary() {
    const { phases, actions, images: ofImages } = count();
    const all = sum(phases);
    $('total').textContent = `On ${iso(state.day)}, of ${plural(all, 'workload')}:`;
    [DENY, WARN, ALLOW].forEach((action, i) => {
      $('totals').children[i].querySelector('dd').textContent = number(actions[action]);
    });
    const shown = WORST_FIRST.filter(i => phases[i] > 0);
    $('share').setAttribute('aria-label', 'Workloads by phase: ' + shown.map(i => `${phases[i]} ${PHASES[i]}`).join(', '));
    $('share').replaceChildren(...shown.map(i => {
      const part = make('span', { class: phaseClass(i) });
      part.style.flexGrow = String(phases[i]);
      return part;
    }));
    for (const i of WORST_FIRST) {
      const button = $('legend-' + i), row = button.closest('tr');
      [phases[i], ofImages[i]].forEach((n, k) => { row.children[k + 1].textContent = number(n); });
      button.setAttribute('aria-pressed', String(state.phase === PHASES[i]));
      row.hidden = !ofImages[i] && !hasEver.has(i);
    }
    $('all-workloads').textContent = number(all);
    $('all-images').textContent = number(sum(ofImages));
  }

  function drawRow(e) {
    return make('tr', { role: 'row', 'data-phase': PHASES[e.image.phase], 'data-action': data.actions[e.action] },
      ...columns.map(column => {
        const cells = column.fill(e);
        const css = ['c-' + column.key, column.day ? 'day' : '', cells.length ? '' : 'none'].filter(Boolean).join(' ');
        return make('td', { role: 'cell', 'data-label': column.title, class: css }, make('div', {}, ...cells));
      }));
  }

  function drawGroup(group, all) {
    const rows = all.filter(e => e.image.group === group).length;
    return make('tr', { role: 'row', class: 'group' }, make('th', { role: 'columnheader', scope: 'colgroup', colspan: columns.length },
      GROUPS[group], make('small', {}, ` ${plural(rows, 'row')}`)));
  }

  // Rows, with a heading before each group if that is their order.
  function drawRows(shown, all) {
    return shown.flatMap((e, i) => state.sort === 'change' && (!i || shown[i - 1].image.group !== e.image.group)
      ? [drawGroup(e.image.group, all), drawRow(e)] : [drawRow(e)]);
  }

  function drawTable() {
    const all = sorted(filtered());
    const pages = Math.max(1, Math.ceil(all.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const first = state.printing ? 0 : state.page * PAGE;
    const shown = state.printing ? all : all.slice(first, first + PAGE);
    $('rows').replaceChildren(...drawRows(shown, all));
    $('table').hidden = !all.length;
    $('empty').hidden = all.length > 0;
    $('pager').hidden = pages === 1;
    $('pages').textContent = `Page ${state.page + 1} of ${number(pages)}`;
    $('previous').disabled = state.page === 0;
    $('next').disabled = state.page === pages - 1;
    drawCount(all, pages > 1 && !state.printing ? `Rows ${first + 1} to ${first + shown.length} of ${number(all.length)}` : plural(all.length, 'row'));
    for (const column of columns) {
      const head = $('head-' + column.key);
      if (column.key === state.sort) head.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    announce();
  }

  function drawCount(all, rows) {
    const used = new Set(all.map(e => e.image.number)).size, users = new Set(all.map(e => e.w)).size;
    const hidden = entries.length - all.length;
    const attention = state.phase === 'attention' ? 'Findings, changes within a year and unknown images. ' : '';
    $('count').textContent = `${attention}${rows}: ${plural(used, 'image')} in ${plural(users, 'workload')}.` +
      (hidden ? ` ${plural(hidden, 'other row')} ${hidden === 1 ? 'is' : 'are'} not shown by this filter.` : '');
  }

  let announcing;
  function announce() {
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      $('live').textContent = $('message').textContent || `As of ${iso(state.day)}: ${$('count').textContent}`;
    }, 400);
  }

  const percent = day => `${(100 * (Math.min(Math.max(day, data.from), data.to) - data.from)) / (data.to - data.from)}%`;

  function drawDate() {
    const left = percent(state.day), share = parseFloat(left);
    $('line').style.left = left;
    $('handle').className = 'handle' + (share > 88 ? ' to-left' : share < 12 ? ' to-right' : '');
    $('handle').textContent = iso(state.day);
    $('handle').setAttribute('aria-valuenow', String(state.day));
    $('handle').setAttribute('aria-valuetext', state.day === data.at ? iso(state.day) : `${iso(state.day)}, ${later(state.day - data.at)}`);
    $('distance').textContent = state.day === data.at ? 'the day of this audit' : `${later(state.day - data.at)} than the audit`;
    $('reset').hidden = state.day === data.at;
  }

  // Drawn in an order that is the same whatever day is looked at, so that nothing jumps: what changes after the
  // audit's day, soonest first; then what ended before it, the latest first.
  const phaseChanges = life => life.filter(([, phase], i) => !i || phase !== life[i - 1][1]);
  const changeAfter = image => (phaseChanges(image.life).find(([day], i) => i && day > data.at) || [Infinity])[0];

  // The same text may be there more than once, treated differently by policy; its life is drawn once.
  function foldLives() {
    const lives = new Map();
    for (const image of images) {
      if (image.life.length === 1 && image.patch === null && image.availability === null) continue;
      const key = image.text + '\n' + phaseChanges(image.life).map(([day, phase]) => `${day} ${phase}`).join();
      if (!lives.has(key)) lives.set(key, { image, change: changeAfter(image), since: image.since || 0, entries: [] });
      for (const entry of image.entries) lives.get(key).entries.push(entry);
    }
    return [...lives.values()].sort((a, b) => (a.change === b.change ? 0 : a.change - b.change) || b.since - a.since ||
      text(a.image.text, b.image.text));
  }

  function describeLife(image) {
    return phaseChanges(image.life).map(([day, phase], i) => i ? `${PHASES[phase]} from ${iso(day)}` : PHASES[phase])
      .join(', ');
  }

  function drawLife({ image, entries: users }) {
    const svg = shape('svg', { role: 'img', 'aria-label': describeLife(image) });
    phaseChanges(image.life).forEach(([day, phase], i, spans) => {
      const from = parseFloat(percent(day)), to = i + 1 < spans.length ? parseFloat(percent(spans[i + 1][0])) : 100;
      if (to > from) svg.append(shape('rect', { x: `${from}%`, width: `${to - from + 0.05}%`, height: '100%', class: phaseClass(phase) }));
    });
    const name = shortImage(image.text), cut = name.lastIndexOf('/') + 1;
    const workloadCount = new Set(users.map(e => e.w)).size;
    return make('li', { class: 'life' },
      make('div', { class: 'who', title: image.text },
        make('span', { class: 'image mono' }, cut ? make('span', { class: 'start' }, name.slice(0, cut)) : '',
          make('span', { class: 'end' }, name.slice(cut))),
        make('span', { class: 'users', title: `in ${plural(workloadCount, 'workload')}` }, `× ${number(workloadCount)}`)),
      svg);
  }

  const partOf = life => life.change !== Infinity ? `Changes after ${iso(data.at)}`
    : life.image.since ? `Ended before ${iso(data.at)}` : 'No change in sight';

  function drawLives() {
    const all = folded.filter(life => life.entries.some(matches)), shown = all.slice(0, state.lives);
    $('lives').replaceChildren(...shown.flatMap((life, i) => {
      const part = partOf(life);
      return i && part === partOf(shown[i - 1]) ? [drawLife(life)] : [make('li', { class: 'part' }, make('span', {}, part)), drawLife(life)];
    }));
    $('more').hidden = shown.length === all.length;
    $('more').textContent = `Show ${plural(Math.min(LIVES_MORE, all.length - shown.length), 'more image')} of ${number(all.length)}`;
  }

  function setUpTimeline() {
    const dateless = texts.size - new Set(folded.map(life => life.image.number)).size;
    $('timeline-section').hidden = !folded.length;
    $('dateless').hidden = !dateless;
    $('dateless').textContent = `${plural(dateless, 'image')} without dates ${dateless === 1 ? 'is' : 'are'} not drawn here, but listed below.`;
    $('today').style.left = percent(data.at);
    drawAxis();
  }

  function drawAxis() {
    const first = new Date(data.from * DAY).getUTCFullYear(), last = new Date(data.to * DAY).getUTCFullYear();
    const ticks = [];
    for (let year = first; year <= last; year++)
      for (let month = 0; month < 12; month += 3) {
        const day = Date.UTC(year, month, 1) / DAY;
        if (day < data.from || day > data.to) continue;
        const tick = make('span', month ? { class: 'minor' } : {}, month ? '' : make('b', {}, String(year)));
        tick.style.left = percent(day);
        ticks.push(tick);
      }
    $('axis').replaceChildren(...ticks);
  }

  // ---- Changes ----

  let drawing = 0;
  function redraw() {
    if (drawing) return;
    drawing = requestAnimationFrame(() => {
      drawing = 0;
      drawSummary();
      drawTable();
    });
  }

  const isShowable = day => day >= data.from && day <= data.to;

  function say(message) {
    $('message').textContent = message;
    $('message').hidden = !message;
    announce();
  }

  // `typed`: the date field has the day already, and must be left alone while a person types.
  function setDay(day, typed) {
    state.day = Math.min(Math.max(Math.round(day), data.from), data.to);
    state.page = 0;
    judge(state.day);
    if (!typed) $('date').value = iso(state.day);
    $('date').removeAttribute('aria-invalid');
    say('');
    drawDate();
    writeAddress();
    redraw();
  }

  function readField() {
    const { value } = $('date'), day = dayOf(value);
    if (isShowable(day)) {
      if (day !== state.day || !$('message').hidden) setDay(day, true);
      return;
    }
    $('date').setAttribute('aria-invalid', 'true');
    say(`${value ? `${value} is not a day` : 'This is not yet a day'} from ${iso(data.from)} to ${iso(data.to)}. ` +
      `Still shown: ${iso(state.day)}.`);
  }

  // ---- The address: #at=2027-01-31 ----

  let writing;
  function writeAddress() {
    clearTimeout(writing); // browsers refuse to write it many times in a second
    writing = setTimeout(() => {
      const wanted = '#at=' + iso(state.day);
      if (location.hash === wanted || (state.day === data.at && !location.hash.startsWith('#at='))) return;
      try { history.replaceState(null, '', wanted); } catch { /* a frame without an address */ }
    }, 250);
  }

  // Shows the day that the address asks for.
  function readAddress() {
    const { hash } = location;
    if (!hash.startsWith('#at')) {
      writeAddress(); // a link to a section has replaced it
      return;
    }
    const day = /^#at=\d{4}-\d\d-\d\d$/.test(hash) ? dayOf(hash.slice(4)) : NaN;
    if (isShowable(day) && iso(day) === hash.slice(4)) {
      if (day !== state.day) setDay(day);
      return;
    }
    say(`The address ends with “${hash.slice(0, 24)}”. It can be #at= and a day from ${iso(data.from)} to ${iso(data.to)}. ` +
      `Shown: ${iso(state.day)}.`);
  }

  function setFilter(change) {
    Object.assign(state, change, { page: 0 });
    $('phase').value = state.phase;
    drawLives();
    redraw();
  }

  // ---- Setting up ----

  function option(value, title) {
    return make('option', { value }, title);
  }

  const hasEver = new Set(images.flatMap(image => image.life.map(([, phase]) => phase)));

  function setUpSummary() {
    $('totals').replaceChildren(...[['deny', 'denied'], ['warn', 'warned about'], ['allow', 'allowed']].map(([name, title]) =>
      make('div', { class: name }, make('dt', {}, title), make('dd', {}))));
    $('legend').replaceChildren(...WORST_FIRST.map(i => {
      const button = make('button', { type: 'button', id: 'legend-' + i, 'aria-pressed': 'false', class: phaseClass(i),
        title: 'Show only these' }, make('i', {}), make('span', {}, PHASES[i]), make('small', {}, MEANINGS[PHASES[i]]));
      button.addEventListener('click', () => {
        setFilter({ phase: state.phase === PHASES[i] ? 'attention' : PHASES[i] });
      });
      return make('tr', {}, make('th', { scope: 'row' }, button), make('td', {}), make('td', {}));
    }));
  }

  function setUpChoice(id, names) {
    $(id).replaceChildren(option('*', 'All'), ...names.map(name => option(name, name || '(none)')));
    $(id).parentNode.hidden = names.length < 2;
    $(id).addEventListener('change', () => setFilter({ [id]: $(id).value }));
  }

  function setUpFilters() {
    $('phase').replaceChildren(...Object.entries(SHOWN).map(([value, [title]]) => option(value, title)),
      ...WORST_FIRST.map(i => option(PHASES[i], PHASES[i])));
    setUpChoice('namespace', namespaces);
    setUpChoice('cluster', clusters);
    let typing;
    $('text').addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => setFilter({ words: $('text').value.trim().toLowerCase().split(/\s+/) }), 120);
    });
    $('phase').addEventListener('change', () => setFilter({ phase: $('phase').value }));
    $('filters').addEventListener('submit', event => event.preventDefault());
    $('filters').addEventListener('reset', () => {
      clearTimeout(typing);
      setTimeout(() => setFilter({ words: [], phase: 'attention', namespace: '*', cluster: '*' }));
    });
  }

  function setUpTable() {
    $('head').replaceChildren(...columns.map(column => {
      const button = make('button', { type: 'button' }, column.title);
      button.addEventListener('click', () => {
        state.descending = state.sort === column.key ? !state.descending : !!column.descendsFirst;
        state.sort = column.key;
        state.page = 0;
        redraw();
      });
      return make('th', { role: 'columnheader', scope: 'col', id: 'head-' + column.key, class: 'c-' + column.key }, button);
    }));
    const turn = step => {
      state.page += step;
      drawTable();
      $('findings').scrollIntoView();
      $('findings').focus({ preventScroll: true });
    };
    $('previous').addEventListener('click', () => turn(-1));
    $('next').addEventListener('click', () => turn(1));
    addEventListener('beforeprint', () => { state.printing = true; drawTable(); });
    addEventListener('afterprint', () => { state.printing = false; drawTable(); });
  }

  function setUpDate() {
    const handle = $('handle'), box = () => $('overlay').getBoundingClientRect();
    const dayAt = x => data.from + ((x - box().left) / box().width) * (data.to - data.from);
    handle.setAttribute('aria-valuemin', String(data.from));
    handle.setAttribute('aria-valuemax', String(data.to));
    $('date').min = iso(data.from);
    $('date').max = iso(data.to);
    let grip = null;
    handle.addEventListener('pointerdown', event => {
      grip = event.clientX - $('line').getBoundingClientRect().left - 1;
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener('pointermove', event => { if (grip !== null) setDay(dayAt(event.clientX - grip)); });
    for (const end of ['pointerup', 'pointercancel']) handle.addEventListener(end, () => { grip = null; });
    $('axis').addEventListener('click', event => { setDay(dayAt(event.clientX)); handle.focus({ preventScroll: true }); });
    handle.addEventListener('keydown', event => {
      const step = event.shiftKey ? 30 : 1;
      const to = { ArrowLeft: state.day - step, ArrowDown: state.day - step, ArrowRight: state.day + step,
        ArrowUp: state.day + step, PageDown: state.day - 30, PageUp: state.day + 30, Home: data.from, End: data.to,
        Escape: data.at }[event.key];
      if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      setDay(to);
    });
    $('range').textContent = `Known from ${iso(data.from)} to ${iso(data.to)}`;
    for (const event of ['input', 'change']) $('date').addEventListener(event, readField);
    addEventListener('hashchange', readAddress);
    $('reset').addEventListener('click', () => { setDay(data.at); $('date').focus(); });
    $('more').addEventListener('click', () => { state.lives += LIVES_MORE; drawLives(); });
  }

  function setUpTheme() {
    const dark = matchMedia('(prefers-color-scheme: dark)'), root = document.documentElement;
    const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches;
    const label = () => { $('theme').textContent = isDark() ? 'Light' : 'Dark'; };
    $('theme').setAttribute('aria-label', 'Change between light and dark');
    $('theme').addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; label(); });
    dark.addEventListener('change', label);
    label();
  }

  function setUpTitle() {
    const { counts } = data, where = clusters.join(', ');
    document.title = `Shelflife audit${where ? ' of ' + where : ''}, ${iso(data.at)}`;
    $('about').textContent = [where ? `Cluster${clusters.length > 1 ? 's' : ''} ${where}` : plural(counts.sources, 'source'),
      `${plural(counts.objects, 'object')} read`, `judged as of ${iso(data.at)}`,
      data.today === data.at ? '' : `made on ${iso(data.today)}`].filter(Boolean).join(' · ');
    setUpNamespaces(namespaces.filter(Boolean));
  }

  function setUpNamespaces(names) {
    const title = plural(names.length, 'namespace'), list = names.join(', ');
    if (names.length > SHORT)
      $('scope').replaceChildren(make('details', {}, make('summary', {}, title), make('p', {}, list)));
    else if (names.length)
      $('scope').textContent = `${title}: ${list}`;
  }

  function setUpAge() {
    const days = data.catalogs.map(([, , asOf]) => asOf).filter(day => day !== null);
    const old = data.catalogs.filter(([, , , stale]) => stale).length;
    const oldest = Math.min(...days), newest = Math.max(...days);
    $('age').replaceChildren(days.length ? `Dates from ${plural(data.catalogs.length, 'catalog')}, as of ` +
      (oldest === newest ? iso(oldest) : `${iso(oldest)} to ${iso(newest)}`) +
      ` (the oldest: ${ago(oldest - data.today)})` : 'No catalogs were used',
      old ? make('strong', {}, `; ${number(old)} old: newer dates may be known`) : '');
    $('catalogs').replaceChildren(...data.catalogs.map(([name, title, asOf, stale]) =>
      make('li', {}, `${title || name}: as of ${iso(asOf)}, ${ago(asOf - data.today)}`,
        stale ? make('strong', {}, ' (old: newer dates may be known)') : '')));
  }

  function setUpProblems() {
    const { problems, skipped, whyPartial } = data, missing = problems.filter(([, , , , , note]) => !note).length;
    const noted = plural(missing, 'problem') + (missing === 1 ? ' is' : ' are') + ' listed below';
    $('partial').hidden = !whyPartial;
    $('partial').textContent = `Partial: ${whyPartial}` + (missing ? `; ${noted}.` : '.');
    $('problems-section').hidden = !problems.length;
    $('problems').replaceChildren(...problems.map(([source, line, column, why, cluster, note]) =>
      make('li', {}, make('span', { class: 'mono' }, [cluster, source].filter(Boolean).join(' ') +
        (line ? `:${line}` + (column ? `:${column}` : '') : '')), ` ${note ? 'note: ' : ''}${why}`)));
    $('skipped-section').hidden = !skipped.length;
    $('skipped').replaceChildren(...skipped.map(([source, why, n]) =>
      make('li', {}, make('span', { class: 'mono' }, source), ` ${why}${n > 1 ? ` (${number(n)})` : ''}`)));
  }

  function setUpFooter() {
    const { counts } = data, notes = counts.known ? [counts.known] : [];
    if (counts.leftOut) notes.push(`${plural(counts.leftOut, 'image')} not judged`);
    if (counts.waived) notes.push(`${number(counts.waived)} allowed by exceptions`);
    if (counts.accepted) notes.push(`${number(counts.accepted)} accepted by the baseline`);
    if (counts.history) notes.push(`${number(counts.history)} finished or scaled to zero (history), not counted`);
    if (counts.unused) notes.push(`${number(counts.unused)} in what is not used, such as a stage that is not built`);
    if (counts.off) notes.push(`${plural(counts.off, 'object')} in namespaces that are not judged`);
    $('footer').textContent = [...notes, `shelflife ${data.version}, ${iso(data.today)}`].join(' · ');
  }

  // The head of the table stays below the bar, whose height depends on the width.
  function setUpBar() {
    new ResizeObserver(() => document.documentElement.style.setProperty('--bar', `${$('bar').offsetHeight}px`)).observe($('bar'));
  }

  $('app').hidden = false;
  entries.sort(byWorkload).forEach((entry, rank) => { entry.rank = rank; });
  judge(data.at);
  const folded = foldLives();
  for (const setUp of [setUpTitle, setUpAge, setUpProblems, setUpFooter, setUpSummary, setUpFilters, setUpTable, setUpDate,
    setUpTheme, setUpBar, setUpTimeline]) setUp();
  setFilter({ phase: entries.some(SHOWN.attention[1]) ? 'attention' : 'all' });
  setDay(data.at);
  readAddress();
})();
