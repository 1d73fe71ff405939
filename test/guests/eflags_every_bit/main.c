/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every flag by popf and iret in rings 1, 2 and 3: IF stays, IOPL, VM, VIF and VIP do not come. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define CODE2     (20u << 3 | 2)
#define DATA2     (21u << 3 | 2)
#define TF        0x100u
#define NT        0x4000u
#define VM        0x20000u
#define FORBIDDEN 0x1A3000u /* VIP, VIF, VM, IOPL */

/* ebx: flags to have; ecx: what became of them. */
USER_CODE(user_popf, "pushl %ebx\n\tpopfl\n\tpushfl\n\tpopl %ecx\n\tpushl $2\n\tpopfl\n\tud2");
USER_CODE(user_popfw, "pushw %bx\n\tpopfw\n\tpushfl\n\tpopl %ecx\n\tpushl $2\n\tpopfl\n\tud2");
USER_CODE(user_iret, "movl %cs, %eax\n\tpushl %ebx\n\tpushl %eax\n\tpushl $1f\n\tiret\n"
		     "1:\tpushfl\n\tpopl %ecx\n\tpushl $2\n\tpopfl\n\tud2");
/* A system call with those flags, which the frame has. */
USER_CODE(user_int, "pushl %ebx\n\tpopfl\n\tint $0x80");

static const char *const codes[] = {user_popf, user_popfw, user_iret, user_int};
static struct regs seen;

static bool over(struct regs *r)
{
	seen = *r;
	trap_fixup = 0;
	ring3_leave();
}

static bool step(struct regs *r)
{
	return r != NULL;
}

static void run(unsigned code, unsigned ring, uint32_t flags)
{
	static const uint16_t cs[] = {0, LGUEST_CS, CODE2, USER_CS};
	static const uint16_t ss[] = {0, LGUEST_DS, DATA2, USER_DS};
	struct regs r = ring3_start(codes[code]);
	uint32_t now;

	r.cs = cs[ring];
	r.ss = ss[ring];
	r.ds = r.es = ring == 3 ? USER_DS : LGUEST_DS;
	r.ebx = flags;
	ring3_run(&r);
	now = codes[code] == user_int ? seen.eflags : seen.ecx;
	CHECK((seen.cs & 3) == ring, "ring %u became %u", ring, seen.cs & 3);
	CHECK(!(now & FORBIDDEN) && now & X86_EFLAGS_IF, "code %u, ring %u: 0x%x became 0x%x", code,
	      ring, flags, now);
	CHECK(!(seen.eflags & FORBIDDEN) && seen.eflags & X86_EFLAGS_IF,
	      "code %u, ring %u, flags 0x%x: 0x%x in the frame", code, ring, flags, seen.eflags);
}

/* An iret with NT set is a #TS; one to flags with VM QEMU takes for what it says. */
static bool makes_sense(unsigned code, uint32_t flags)
{
	return codes[code] != user_iret || !(flags & VM);
}

void test_main(void)
{
	ring3_init();
	segment_load(CODE2 >> 3, segment_flat(2, SEGMENT_CODE));
	segment_load(DATA2 >> 3, segment_flat(2, SEGMENT_DATA));
	trap_gate(0x80, GATE_TRAP, 3);
	for (unsigned v = 0; v < 0x81; v++)
		trap_handle(v, v == TRAP_DEBUG ? step : over);
	for (unsigned code = 0; code < ARRAY_SIZE(codes); code++) {
		for (unsigned ring = 1; ring < 4; ring++) {
			for (unsigned pair = 0; pair < 32 * 32; pair++) {
				uint32_t flags = 1u << pair / 32 | 1u << (pair & 31);

				if (makes_sense(code, flags))
					run(code, ring, flags);
				if (makes_sense(code, ~flags))
					run(code, ring, ~flags & ~(TF | NT));
			}
		}
	}
}
