/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every access byte in every slot, loaded into every segment register: what a CPU does with DPL 0
 * raised. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define SLOT    20u
#define ACCESS  256u
#define PRESENT 0x80u
#define S       0x10u
#define CODE    0x08u
#define CONFORM 0x04u
#define RW      0x02u /* readable code, writable data */

enum { LOADED = 0xFF };

/* Far transfers from ring 3: eax is the selector. Where they lead is good code of 16 bits, too. */
USER_CODE(user_fs, "movw %ax, %fs\n\tint $0x80");
USER_CODE(user_gs, "movw %ax, %gs\n\tint $0x80");
USER_CODE(user_es, "pushl %eax\n\tpopl %es\n\tint $0x80");
USER_CODE(user_lfs, "pushl %eax\n\tpushl %eax\n\tlfs (%esp), %ecx\n\tint $0x80");
USER_CODE(user_ss, "movw %ax, %ss\n\tint $0x80");
USER_CODE(user_lss, "pushl %eax\n\tpushl %esp\n\tlss (%esp), %esp\n\tint $0x80");
USER_CODE(user_jmp, "pushl %eax\n\tpushl $1f\n\tljmp *(%esp)\n1:\tint $0x80");
USER_CODE(user_call, "pushl %eax\n\tpushl $1f\n\tlcall *(%esp)\n1:\tint $0x80");
USER_CODE(user_lret, "pushl %eax\n\tpushl $1f\n\tlret\n1:\tint $0x80");
USER_CODE(user_iret, "pushfl\n\tpushl %eax\n\tpushl $1f\n\tiret\n1:\tint $0x80");

static const char *const user_data[] = {user_fs, user_gs, user_es, user_lfs};
static const char *const user_stack[] = {user_ss, user_lss};
static const char *const user_code[] = {user_jmp, user_call, user_lret, user_iret};

static volatile bool landed;

/* Ring 1 is in a code segment of its choice. */
static bool back(struct regs *r)
{
	if (regs_from_user(r) || !trap_fixup || (r->cs & 0xFFFF) == LGUEST_CS)
		return false;
	landed = true;
	r->cs = LGUEST_CS;
	r->eip = trap_fixup;
	trap_fixup = 0;
	return true;
}

static unsigned dpl_of(unsigned access)
{
	unsigned dpl = access >> 5 & 3;

	return dpl ? dpl : 1;
}

static unsigned expect_data(unsigned access, unsigned ring)
{
	if (!(access & S) || (access & CODE && !(access & RW)))
		return TRAP_PROTECTION;
	if (!(access & CODE && access & CONFORM) && dpl_of(access) < ring)
		return TRAP_PROTECTION;
	return access & PRESENT ? LOADED : TRAP_NOT_PRESENT;
}

static unsigned expect_stack(unsigned access, unsigned ring)
{
	if (!(access & S) || access & CODE || !(access & RW) || dpl_of(access) != ring)
		return TRAP_PROTECTION;
	return access & PRESENT ? LOADED : TRAP_STACK;
}

static unsigned expect_code(unsigned access, unsigned ring)
{
	if (!(access & S) || !(access & CODE))
		return TRAP_PROTECTION;
	if (access & CONFORM ? dpl_of(access) > ring : dpl_of(access) != ring)
		return TRAP_PROTECTION;
	return access & PRESENT ? LOADED : TRAP_NOT_PRESENT;
}

static void check(const char *what, unsigned access, unsigned expected)
{
	unsigned seen = landed || !trap_seen.count ? LOADED : trap_seen.vector;

	CHECK(seen == expected, "%s, access 0x%x: %u, not %u", what, access, seen, expected);
	CHECK(seen == LOADED || (trap_seen.error & ~3u) == SLOT << 3, "%s, access 0x%x: error 0x%x",
	      what, access, trap_seen.error);
	landed = false;
}

static void in_ring1(unsigned access, uint32_t selector)
{
	struct {
		uint32_t at;
		uint16_t selector;
	} __attribute__((packed)) far = {0, (uint16_t)selector};

	TRAP_TRY("movl %0, %%fs", : "r"(selector));
	check("mov fs", access, expect_data(access, 1));
	TRAP_TRY("pushl %0\n\tpopl %%gs", : "r"(selector) : "memory");
	check("pop gs", access, expect_data(access, 1));
	TRAP_TRY("lgs (%0), %%eax", : "r"(&far) : "eax", "memory");
	check("lgs", access, expect_data(access, 1));
	TRAP_TRY("movl %0, %%ss\n\tmovl %1, %%ss", : "r"(selector), "r"(LGUEST_DS));
	check("mov ss", access, expect_stack(access, 1));
	TRAP_TRY("pushl %0\n\tpushl $1f\n\tljmp *(%%esp)\n1:\tud2", : "r"(selector) : "memory");
	check("jmp", access, expect_code(access, 1));
	TRAP_TRY("pushl %0\n\tpushl $1f\n\tlcall *(%%esp)\n1:\tud2", : "r"(selector) : "memory");
	check("call", access, expect_code(access, 1));
	TRAP_TRY("pushl %0\n\tpushl $1f\n\tlret\n1:\tud2", : "r"(selector) : "memory");
	check("lret", access, expect_code(access, 1));
	TRAP_TRY("pushfl\n\tpushl %0\n\tpushl $1f\n\tiret\n1:\tud2", : "r"(selector) : "memory");
	check("iret", access, expect_code(access, 1));
}

static void in_ring3(const char *const *codes, unsigned count, unsigned access, unsigned expected)
{
	for (unsigned i = 0; i < count; i++) {
		struct regs r = ring3_start(codes[i]);

		if (expected == LOADED)
			expected = 0x80;
		r.eax = SLOT << 3 | 3;
		ring3_run(&r);
		CHECK(r.vector == expected, "ring 3, code %u of %u, access 0x%x: %u, not %u", i,
		      count, access, r.vector, expected);
	}
}

/* Bases and limits at which something could wrap, and the bits behind them: some for each byte. */
static void corners(unsigned access)
{
	static const uint32_t bases[] = {0, 0x80000000, 0xFFC00000, 0xFFFFFFFF};
	static const uint32_t limits[] = {0, 0xFFFFF};

	for (unsigned i = access % 5; i < 16 * ARRAY_SIZE(bases) * ARRAY_SIZE(limits); i += 5) {
		segment_load(SLOT, segment_make(bases[i / 32], limits[i / 16 & 1], access, i & 15));
		TRAP_TRY("movl %0, %%fs\n\tmovl %%fs:0, %%eax\n\tmovl %%fs:4, %%eax",
			 : "r"(SLOT << 3 | 1)
			 : "eax", "memory");
		hcall0(LHCALL_FLUSH_ASYNC);
	}
}

static bool is_own(unsigned slot)
{
	return slot == LGUEST_CS >> 3 || slot == LGUEST_DS >> 3;
}

static bool is_host(unsigned slot)
{
	return slot == 10 || slot == 11 || slot == 16 || slot == 31;
}

static void every_slot(unsigned access)
{
	for (unsigned slot = 1; slot < LGUEST_GDT_ENTRIES; slot++) {
		unsigned expected = is_host(slot) ? TRAP_PROTECTION : expect_data(access, 1);

		if (is_own(slot) || slot == GDT_USER_CODE || slot == GDT_USER_DATA)
			continue;
		segment_load(slot, segment_make(0, 0xFFFFF, access, 0xC));
		TRAP_TRY("movl %0, %%fs", : "r"(slot << 3 | 1));
		CHECK((trap_seen.count ? trap_seen.vector : LOADED) == expected,
		      "slot %u, access 0x%x: vector %u", slot, access, trap_seen.vector);
		TRAP_TRY("movl %0, %%fs", : "r"(0));
	}
}

void test_main(void)
{
	ring3_init();
	trap_handle(TRAP_INVALID_OPCODE, back);
	for (unsigned access = 0; access < ACCESS; access++) {
		/* 32 and 16 bits; both with the bit that says 64 */
		for (unsigned flags = 0x8; flags < 0x10; flags += 2) {
			segment_load(SLOT, segment_make(0, 0xFFFFF, access, flags));
			in_ring1(access, SLOT << 3 | 1);
			in_ring3(user_data, ARRAY_SIZE(user_data), access, expect_data(access, 3));
			in_ring3(user_stack, ARRAY_SIZE(user_stack), access,
				 expect_stack(access, 3));
			in_ring3(user_code, ARRAY_SIZE(user_code), access, expect_code(access, 3));
		}
		corners(access);
		every_slot(access);
	}
}
