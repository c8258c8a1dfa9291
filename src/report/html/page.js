'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const DAY = 86400000, PAGE = 50, LIVES = 20, LIVES_MORE = 200;
  const PHASES = data.phases, WORST_FIRST = PHASES.map((_, i) => PHASES.length - 1 - i);
  const ENDING = PHASES.indexOf('ending'), UNPATCHED = PHASES.indexOf('unpatched');
  const [ALLOW, WARN, DENY] = [0, 1, 2];

  // ---- Days: counted from 1970-01-01, in UTC ----

  const iso = day => new Date(day * DAY).toISOString().slice(0, 10);
  const dayOf = text => Date.parse(text + 'T00:00:00Z') / DAY;
  const plural = (n, word) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;
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

  const workloads = data.workloads.map(([namespace, kind, name, owner, mode, pods]) =>
    ({ namespace, kind, name, owner, mode, pods }));
  const images = data.images.map(image => ({ ...image, entries: [] }));
  const entries = data.entries.map(([w, i, containers, place, pods, accepted, history, waived], order) => {
    const workload = workloads[w], image = images[i];
    const entry = { workload, image, containers, place, pods, accepted, history, waived, order, w };
    entry.words = [workload.namespace, workload.kind, workload.name, workload.owner, image.text, image.digest, image.release,
      containers, place].join('\n').toLowerCase();
    image.entries.push(entry);
    return entry;
  });

  // Fills in what each entry is on a day.
  function judge(day) {
    for (const image of images) {
      const at = spanAt(image.life, day);
      [, image.phase, image.action] = image.life[at];
      image.next = image.life[at + 1] || null;
    }
    for (const entry of entries) {
      entry.phase = entry.image.phase;
      entry.action = soften(entry.workload.mode, entry.image.action);
      entry.next = entry.image.next;
    }
  }

  // Workloads by worst phase and strictest action; those that are fine for ever are counted, not listed.
  function count() {
    const worst = new Map();
    for (const entry of entries) {
      if (entry.history) continue;
      const seen = worst.get(entry.w);
      if (!seen) worst.set(entry.w, [entry.phase, entry.action]);
      else {
        seen[0] = Math.max(seen[0], entry.phase);
        seen[1] = Math.max(seen[1], entry.action);
      }
    }
    const counts = { phases: PHASES.map(() => 0), actions: [0, 0, 0] };
    for (const [phase, action] of worst.values()) {
      counts.phases[phase]++;
      counts.actions[action]++;
    }
    return counts;
  }

  judge(data.at);
  const listed = count();
  const unlisted = {
    phases: data.counts.phases.map((n, i) => n - listed.phases[i]),
    actions: data.counts.actions.map((n, i) => n - listed.actions[i]),
  };

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

  const phaseClass = phase => 'p-' + PHASES[phase];

  // ---- State ----

  const state = {
    day: data.at, text: '', phase: 'attention', namespace: '*', sort: 'phase', descending: true, page: 0,
    lives: LIVES, printing: false,
  };

  const text = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  const byDay = (a, b) => (a === null) - (b === null) || a - b;
  const byPhase = (a, b) => a.action - b.action || a.image.action - b.image.action || a.phase - b.phase;
  const byWorkload = (a, b) => text(a.workload.namespace, b.workload.namespace) ||
    text(a.workload.kind, b.workload.kind) || text(a.workload.name, b.workload.name);

  const columns = [
    { key: 'phase', title: 'Phase', compare: byPhase, descendsFirst: true, fill: fillPhase },
    { key: 'namespace', title: 'Namespace', compare: byWorkload, fill: e => [e.workload.namespace] },
    { key: 'workload', title: 'Workload', fill: fillWorkload,
      compare: (a, b) => text(a.workload.name, b.workload.name) || text(a.workload.kind, b.workload.kind) },
    { key: 'image', title: 'Image', compare: (a, b) => text(a.image.text, b.image.text), fill: fillImage },
    { key: 'patch', title: 'End of patch', day: true, compare: (a, b) => byDay(a.image.patch, b.image.patch),
      fill: e => fillDay(e.image.patch) },
    { key: 'availability', title: 'End of availability', day: true,
      compare: (a, b) => byDay(a.image.availability, b.image.availability), fill: e => fillDay(e.image.availability) },
    { key: 'next', title: 'Next change', day: true, fill: fillNext,
      compare: (a, b) => byDay(a.next && a.next[0], b.next && b.next[0]) },
    { key: 'move', title: 'Move to', compare: (a, b) => text(a.image.move, b.image.move),
      fill: fillMove },
  ].filter(c => ({ namespace: workloads.some(w => w.namespace), move: images.some(i => i.move),
    availability: images.some(i => i.availability !== null), next: images.some(i => i.life.length > 1) })[c.key] ?? true);

  // ---- Cells ----

  function fillPhase(e) {
    const notes = [];
    if (e.image.action !== e.action) notes.push(`${data.actions[e.image.action]} in mode enforce`);
    if (e.waived && state.day <= e.waived[2]) notes.push(`allowed until ${iso(e.waived[2])} by an exception of ${e.waived[0]}`);
    if (e.accepted) notes.push('accepted by the baseline');
    if (e.history) notes.push('history');
    if (e.image.outdated) notes.push('outdated');
    if (e.image.unverified) notes.push('unverified');
    if (e.image.contradicted) notes.push('its configuration contradicts its name');
    return [make('span', { class: 'badge ' + phaseClass(e.phase) }, PHASES[e.phase]),
      make('small', {}, make('b', { class: 'action-' + data.actions[e.action] }, data.actions[e.action]),
        notes.length ? '; ' + notes.join('; ') : '')];
  }

  function fillWorkload(e) {
    const below = [e.workload.kind, e.containers, e.pods ? plural(e.pods, 'Pod') : '', e.place,
      e.workload.owner ? 'owner ' + e.workload.owner : ''].filter(Boolean).join(' · ');
    return [make('span', { class: 'mono' }, e.workload.name || e.workload.kind), make('small', {}, below)];
  }

  // Enough of a digest to tell it from others.
  function shortDigest(digest) {
    return digest.slice(0, digest.indexOf(':') + 13);
  }

  function fillImage(e) {
    const { text, release, catalog, row, digest, from, inspected } = e.image;
    const by = from && inspected !== null ? ` · ${from}, inspected ${iso(inspected)}` : '';
    return [make('span', { class: 'mono' }, text),
      digest && !text.includes(digest) ? make('small', { class: 'mono', title: digest }, shortDigest(digest)) : null,
      row ? make('small', { title: `${catalog}: ${row}` }, `${release} · ${catalog}${by}`) : release ? make('small', {}, release) : null];
  }

  function fillDay(day) {
    return day === null ? [] : [make('time', { datetime: iso(day) }, iso(day)),
      make('small', {}, day === state.day ? 'last day' : ago(day - state.day))];
  }

  function fillNext(e) {
    if (!e.next) return [];
    const [day, phase, action] = e.next;
    const what = phase !== e.phase ? PHASES[phase] : data.actions[soften(e.workload.mode, action)];
    return [make('time', { datetime: iso(day) }, iso(day)), make('small', {}, `${what} ${ago(day - state.day)}`)];
  }

  // What to move to is known for the day of the audit alone.
  function fillMove(e) {
    if (e.phase < ENDING || !e.image.move) return [];
    return [e.image.move + (e.image.later ? ' or later' : ''), state.day === data.at ? null : make('small', {}, `as of ${iso(data.at)}`)];
  }

  // ---- Filters ----

  const isAttention = e => (e.image.action !== ALLOW || (e.waived && state.day <= e.waived[2])) && !e.accepted;
  const matchesWords = e => (state.namespace === '*' || e.workload.namespace === state.namespace) &&
    state.text.split(/\s+/).every(word => e.words.includes(word));

  function filtered() {
    const phase = PHASES.indexOf(state.phase);
    return entries.filter(e => matchesWords(e) &&
      (phase >= 0 ? e.phase === phase : state.phase === 'all' || isAttention(e)));
  }

  function sorted(list) {
    const column = columns.find(c => c.key === state.sort), sign = state.descending ? -1 : 1;
    // Empty days stay last whichever way it goes.
    return list.sort((a, b) => {
      const empty = column.day ? (dayKey(column, a) === null) - (dayKey(column, b) === null) : 0;
      return empty || sign * column.compare(a, b) || byDay(a.image.patch, b.image.patch) || byWorkload(a, b) ||
        a.order - b.order;
    });
  }

  const dayKey = (column, e) => column.key === 'next' ? e.next && e.next[0] : e.image[column.key];

  // ---- Drawing ----

  function drawSummary() {
    const now = count();
    const phases = now.phases.map((n, i) => Math.max(0, n + unlisted.phases[i]));
    const actions = now.actions.map((n, i) => Math.max(0, n + unlisted.actions[i]));
    const totals = [['deny', actions[DENY], 'denied'], ['warn', actions[WARN], 'warned about'],
      ['allow', actions[ALLOW], 'allowed'], ['', data.counts.workloads, 'workloads'], ['', data.counts.images, 'images']];
    $('totals').replaceChildren(...totals.map(([name, n, title]) =>
      make('div', { class: name }, make('dt', {}, title), make('dd', {}, n.toLocaleString('en')))));
    const shown = WORST_FIRST.filter(i => phases[i] > 0);
    $('share').setAttribute('aria-label', 'Workloads by phase: ' +
      shown.map(i => `${phases[i]} ${PHASES[i]}`).join(', '));
    $('share').replaceChildren(...shown.map(i => {
      const part = make('span', { class: phaseClass(i) });
      part.style.flexGrow = String(phases[i]);
      return part;
    }));
    for (const i of WORST_FIRST) {
      const button = $('legend-' + i);
      button.querySelector('b').textContent = phases[i].toLocaleString('en');
      button.setAttribute('aria-pressed', String(state.phase === PHASES[i]));
      button.parentNode.hidden = !phases[i] && !hasEver.has(i);
    }
  }

  function drawRow(e) {
    return make('tr', { role: 'row', 'data-phase': PHASES[e.phase], 'data-action': data.actions[e.action] },
      ...columns.map(column => {
        const cells = column.fill(e);
        const css = [column.day ? 'day' : '', cells.length && cells[0] !== '' ? '' : 'none'].join(' ').trim();
        return make('td', { role: 'cell', 'data-label': column.title, ...(css && { class: css }) }, make('div', {}, ...cells));
      }));
  }

  function drawTable() {
    const all = sorted(filtered());
    const pages = Math.max(1, Math.ceil(all.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const first = state.printing ? 0 : state.page * PAGE;
    const shown = state.printing ? all : all.slice(first, first + PAGE);
    $('rows').replaceChildren(...shown.map(drawRow));
    $('table').hidden = !all.length;
    $('empty').hidden = all.length > 0;
    $('pager').hidden = pages === 1;
    $('pages').textContent = `Page ${state.page + 1} of ${pages}`;
    $('previous').disabled = state.page === 0;
    $('next').disabled = state.page === pages - 1;
    const range = pages > 1 && !state.printing ? `${first + 1}–${first + shown.length} of ` : '';
    $('count').textContent = `${range}${plural(all.length, 'image')} in workloads (of ${entries.length.toLocaleString('en')} in total)`;
    for (const column of columns) {
      const head = $('head-' + column.key);
      if (column.key === state.sort) head.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    announce();
  }

  let announcing;
  function announce() {
    clearTimeout(announcing);
    announcing = setTimeout(() => { $('live').textContent = `As of ${iso(state.day)}: ${$('count').textContent}`; }, 400);
  }

  const percent = day => `${(100 * (Math.min(Math.max(day, data.from), data.to) - data.from)) / (data.to - data.from)}%`;

  function drawDate() {
    const left = percent(state.day), share = parseFloat(left);
    $('line').style.left = left;
    $('handle').className = 'handle' + (share > 88 ? ' to-left' : share < 12 ? ' to-right' : '');
    $('handle').textContent = iso(state.day);
    $('handle').setAttribute('aria-valuenow', String(state.day));
    $('handle').setAttribute('aria-valuetext', state.day === data.at ? iso(state.day) : `${iso(state.day)}, ${later(state.day - data.at)}`);
    if ($('date').value !== iso(state.day)) $('date').value = iso(state.day);
    $('distance').textContent = state.day === data.at ? 'the day of this audit' : `${later(state.day - data.at)} than the audit`;
    $('reset').hidden = state.day === data.at;
  }

  // Folded by image: the order is that of their ends, whatever day is looked at, so that nothing jumps.
  const endOf = image => { const span = image.life.find(([, phase]) => phase >= UNPATCHED); return span ? span[0] : Infinity; };
  const timed = images.filter(image => image.life.length > 1 || image.patch !== null || image.availability !== null);
  timed.forEach(image => { image.end = endOf(image); });
  timed.sort((a, b) => (a.end === b.end ? 0 : a.end - b.end) || byDay(a.patch, b.patch) || text(a.text, b.text));

  // The same text may be there more than once, treated differently by policy; its life is drawn once.
  const phaseChanges = life => life.filter(([, phase], i) => !i || phase !== life[i - 1][1]);
  const folded = [...timed.reduce((map, image) => {
    const key = image.text + '\n' + JSON.stringify(phaseChanges(image.life).map(([day, phase]) => [day, phase]));
    return map.set(key, map.get(key) ? { ...map.get(key), entries: map.get(key).entries.concat(image.entries) } : image);
  }, new Map()).values()];

  function describeLife(image) {
    return phaseChanges(image.life).map(([day, phase], i) => i ? `${PHASES[phase]} from ${iso(day)}` : PHASES[phase])
      .join(', ');
  }

  function drawLife(image) {
    const users = new Set(image.entries.map(e => e.w)).size;
    const svg = shape('svg', { role: 'img', 'aria-label': describeLife(image) });
    phaseChanges(image.life).forEach(([day, phase], i, spans) => {
      const from = parseFloat(percent(day)), to = i + 1 < spans.length ? parseFloat(percent(spans[i + 1][0])) : 100;
      if (to > from) svg.append(shape('rect', { x: `${from}%`, width: `${to - from + 0.05}%`, height: '100%', class: phaseClass(phase) }));
    });
    const cut = Math.max(image.text.lastIndexOf('/') + 1, 0);
    return make('li', { class: 'life' },
      make('div', { class: 'who', title: image.text },
        make('span', { class: 'image mono' }, make('span', { class: 'start' }, image.text.slice(0, cut)),
          make('span', { class: 'end' }, image.text.slice(cut))),
        make('span', { class: 'users' }, `× ${users}`)),
      svg);
  }

  function drawLives() {
    const all = folded.filter(image => image.entries.some(matchesWords));
    const shown = all.slice(0, state.lives);
    $('lives').replaceChildren(...shown.map(drawLife));
    $('more').hidden = shown.length === all.length;
    $('more').textContent = `Show ${plural(Math.min(LIVES_MORE, all.length - shown.length), 'more image')} of ${all.length.toLocaleString('en')}`;
    const dateless = images.length - timed.length;
    $('dateless').hidden = !dateless;
    $('dateless').textContent = `${plural(dateless, 'image')} without dates ${dateless === 1 ? 'is' : 'are'} not drawn.`;
    $('timeline-section').hidden = !folded.length;
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
    $('today').style.left = percent(data.at);
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

  function setDay(day) {
    if (!Number.isFinite(day)) return;
    state.day = Math.min(Math.max(Math.round(day), data.from), data.to);
    state.page = 0;
    judge(state.day);
    drawDate();
    redraw();
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

  const hasEver = new Set(data.counts.phases.flatMap((n, i) => n > 0 ? [i] : []));
  images.forEach(image => image.life.forEach(([, phase]) => hasEver.add(phase)));

  function setUpSummary() {
    $('legend').replaceChildren(...WORST_FIRST.map(i => {
      const button = make('button', { type: 'button', id: 'legend-' + i, 'aria-pressed': 'false', class: phaseClass(i) },
        make('i', {}), PHASES[i], make('b', {}));
      button.addEventListener('click', () => {
        setFilter({ phase: state.phase === PHASES[i] ? 'attention' : PHASES[i] });
      });
      return make('li', {}, button);
    }));
  }

  function setUpFilters() {
    $('phase').replaceChildren(option('attention', 'What needs attention'), option('all', 'Everything'),
      ...WORST_FIRST.map(i => option(PHASES[i], PHASES[i])));
    const names = [...new Set(workloads.map(w => w.namespace))].sort();
    $('namespace').replaceChildren(option('*', 'All'), ...names.map(name => option(name, name || '(none)')));
    $('namespace').parentNode.hidden = names.length < 2;
    let typing;
    $('text').addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => setFilter({ text: $('text').value.trim().toLowerCase() }), 120);
    });
    $('phase').addEventListener('change', () => setFilter({ phase: $('phase').value }));
    $('namespace').addEventListener('change', () => setFilter({ namespace: $('namespace').value }));
    $('filters').addEventListener('submit', event => event.preventDefault());
    $('filters').addEventListener('reset', () => {
      clearTimeout(typing);
      setTimeout(() => setFilter({ text: '', phase: 'attention', namespace: '*' }));
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
    $('date').addEventListener('change', () => setDay(dayOf($('date').value)));
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

  function setUpTexts() {
    const { counts } = data, notes = counts.known ? [counts.known] : [];
    $('about').textContent = [data.cluster ? `Cluster ${data.cluster}` : plural(counts.sources, 'source'),
      `${plural(counts.objects, 'object')} read`, `judged as of ${iso(data.at)}`].join(' · ');
    document.title = `Shelflife audit${data.cluster ? ' of ' + data.cluster : ''}, ${iso(data.at)}`;
    $('partial').hidden = !data.partial;
    $('partial').textContent = data.interrupted ? 'Partial: the audit was interrupted; this is what was found until then.'
      : counts.leftOut ? `Partial: ${plural(counts.leftOut, 'image')} not judged.` : 'Partial: some sources could not be read.';
    $('problems-section').hidden = !data.problems.length;
    $('problems').replaceChildren(...data.problems.map(([source, line, column, why]) =>
      make('li', {}, make('span', { class: 'mono' }, source + (line ? `:${line}` + (column ? `:${column}` : '') : '')), ' ' + why)));
    $('catalogs').replaceChildren(...data.catalogs.map(([name, title, asOf, stale]) =>
      make('li', {}, `${title || name}: as of ${iso(asOf)}`, stale ? make('strong', {}, ' (old: newer dates may be known)') : '')));
    if (counts.waived) notes.push(`${counts.waived.toLocaleString('en')} allowed by exceptions`);
    if (counts.accepted) notes.push(`${counts.accepted.toLocaleString('en')} accepted by the baseline`);
    if (counts.history) notes.push(`${counts.history.toLocaleString('en')} finished or scaled to zero (history), not counted`);
    if (counts.off) notes.push(`${plural(counts.off, 'object')} in namespaces that are not judged`);
    $('footer').textContent = [...notes, `shelflife ${data.version}, ${iso(data.today)}`].join(' · ');
  }

  setUpTexts();
  setUpSummary();
  setUpFilters();
  setUpTable();
  setUpDate();
  setUpTheme();
  drawAxis();
  drawLives();
  setFilter({ phase: entries.some(isAttention) ? 'attention' : 'all' });
  setDay(data.at);
})();
