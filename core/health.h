/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often a guest may be restarted, and when it is hung: the rules. Pure. */
#ifndef GATEHOUSE_CORE_HEALTH_H
#define GATEHOUSE_CORE_HEALTH_H

#include "core/config.h"
#include "core/types.h"
#include "core/util.h"

/* What restarts= counts within. */
#define HEALTH_WINDOW_NS (60 * NSEC_PER_SEC)

/* Before the second restart within the window; doubles with each up to the longest. */
#define HEALTH_FIRST_PAUSE_NS   (100 * NSEC_PER_MSEC)
#define HEALTH_LONGEST_PAUSE_NS NSEC_PER_SEC

/* How often a guest with a watchdog is looked at within watchdog=. */
#define HEALTH_LOOKS 4u

/* The restarts of the last minute, oldest first. */
struct health_restarts {
	uint64_t at_ns[CONFIG_RESTARTS_MAX];
	unsigned count;
};

/*
 * One more restart, at now_ns, which may not lie before the last call's. False:
 * max were made within the last minute, and it is not counted. Otherwise
 * *pause_ns is how long the guest waits for it. max 0: no limit and no pause.
 */
bool health_take_restart(struct health_restarts *r, unsigned max, uint64_t now_ns,
			 uint64_t *pause_ns);

/* What is known of a guest at one moment. */
struct health_sample {
	uint64_t now_ns;
	uint64_t waited_ns; /* in all for the CPU, which another had; may begin again at 0 */
	uint64_t signs;     /* of life; another number is another sign */
	bool is_asleep;     /* and that is a sign as well */
	bool is_away;       /* paused or waiting since the last look: that time is not its own */
};

struct health_watch {
	struct health_sample last;
	uint64_t silent_ns; /* of its own time, since the last sign was seen */
	uint64_t worst_ns;  /* the longest silence so far; what falls between looks is not in it */
};

/* A life begins. */
void health_start_watch(struct health_watch *w, const struct health_sample *s);

/*
 * Looks again, HEALTH_LOOKS times within limit_ns. True: that much of the guest's
 * own time went by without a sign. A late look counts as one in time: if all
 * the machine stood still, the guest did not have what passed.
 */
bool health_look(struct health_watch *w, const struct health_sample *s, uint64_t limit_ns);

#endif
