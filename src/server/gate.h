/*
 * A gate for large reviews: only as many pass at a time as there are places, so that they do not delay usual
 * ones. A thread does not wait longer than its review has time, nor after the server has closed its
 * connection.
 */
#ifndef SHELFLIFE_SERVER_GATE_H
#define SHELFLIFE_SERVER_GATE_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct shelflife_server_gate {
    sem_t places;
};

void shelflife_server_gate_init(struct shelflife_server_gate *gate, unsigned places);
void shelflife_server_gate_free(struct shelflife_server_gate *gate);

/* As many as there are processors that this process may use. */
unsigned shelflife_server_gate_places(void);

/* Waits for a place until `deadline`, which is in shelflife_server_milliseconds(), or until *ended is set.
   Returns whether it has one. */
bool shelflife_server_gate_enter(struct shelflife_server_gate *gate, int64_t deadline,
                                 const atomic_bool *ended);

/* Gives the place back. */
void shelflife_server_gate_leave(struct shelflife_server_gate *gate);

#endif
