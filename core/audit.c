/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of a guest whatever it does, looked at as a whole. */
#include "core/audit.h"

#include "arch/x86/paging.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/latency.h"
#include "core/log.h"
#include "core/machine.h"

unsigned audit_guest(const struct guest *g)
{
	unsigned tables = vcpu_audit(&g->vcpu);
	unsigned bad = shadow_audit(g) + paging_count_wx() + tables;

	if (tables)
		log_error("audit: guest \"%s\": %u descriptors the CPU must not have",
			  guest_name(g), tables);
	if (bad)
		machine_note(TEST_EXIT_BROKEN);
	latency_begin(); /* the audit is not what is measured */
	return bad;
}

uint32_t audit_call(struct guest *g, uint32_t what, uint32_t n, uint32_t value)
{
	unsigned bad;

	if (what == 0) {
		bad = audit_guest(g);
		if (bad)
			log_error("audit: guest \"%s\": %u findings", guest_name(g), bad);
		return bad;
	}
	if (what > 2 || n >= ARRAY_SIZE(g->kept))
		return (uint32_t)-EINVAL;
	if (what == 2)
		g->kept[n] = value;
	return g->kept[n];
}
