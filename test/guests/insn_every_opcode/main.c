/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every opcode of one and two bytes from rings 1 and 3, the privileged ones with every operand: its
 * own fault. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

#define UD2_LOW  0x0F
#define UD2_HIGH 0x0B

/* Filled with ud2, but for its beginning; what runs on, or jumps a little, ends there. */
USER_CODE(user_code, ".balign 4096\n\t.skip 4096");

static uint32_t scratch[64] __attribute__((aligned(64)));
static uint8_t spare_stack[4096];
static uint32_t counts[2], hypercalls;

static bool over(struct regs *r)
{
	if (r->cs == LGUEST_CS && r->vector == TRAP_INVALID_OPCODE && r->eip == 0)
		return false;
	trap_fixup = 0;
	ring3_leave();
}

static void put(const uint8_t *bytes, unsigned n)
{
	volatile uint8_t *code = (volatile uint8_t *)user_code;

	for (unsigned i = 0; i < 64; i++)
		code[i] = i < n ? bytes[i] : (i - n) & 1 ? UD2_HIGH : UD2_LOW;
}

/* Memory operands point to words that are all good stacks, so that even esp may be loaded. */
static void run(const uint8_t *bytes, unsigned n, bool in_kernel)
{
	struct regs r = ring3_start(user_code);

	for (unsigned i = 0; i < ARRAY_SIZE(scratch); i++)
		scratch[i] = addr32(spare_stack + sizeof(spare_stack) - 64);
	put(bytes, n);
	if (in_kernel)
		r.cs = LGUEST_CS;
	r.ds = r.es = in_kernel ? LGUEST_DS : USER_DS;
	r.eax = r.ebx = r.esi = r.edi = addr32(in_kernel ? scratch : (uint32_t *)user_code + 256);
	r.ebp = r.eax;
	ring3_run(&r);
	counts[in_kernel]++;
}

/* What would leave the kernel without a stack to take the next trap on. */
static bool loses_stack(uint8_t opcode)
{
	return opcode == 0x5C || opcode == 0x94 || opcode == 0xBC || opcode == 0xC9;
}

static void one_byte(void)
{
	for (unsigned op = 0; op < 256; op++) {
		for (unsigned reg = 0; reg < 8; reg++) {
			uint8_t code[] = {(uint8_t)op, (uint8_t)(reg << 3), 0x40};

			if (op == 0x0F)
				continue;
			run(code, 3, false);
			if (!loses_stack(code[0]) && (reg != 4 || op >= 0xC0))
				run(code, 3, true);
		}
	}
}

static void two_bytes(void)
{
	for (unsigned op = 0; op < 256; op++) {
		for (unsigned modrm = 0; modrm < 256; modrm++) {
			uint8_t code[] = {0x0F, (uint8_t)op, (uint8_t)modrm, 0, 0, 0, 0};
			bool is_system = op < 0x10 || (op >= 0x20 && op < 0x28) ||
					 (op >= 0x30 && op < 0x38) || op == 0xAE || op == 0xC7;

			if (!is_system && modrm & 0xC7)
				continue;
			run(code, 7, false);
			/* vmcall is a hypercall; others may load esp */
			if (op == 0x01 && modrm == 0xC1)
				hypercalls++;
			else if (is_system && op != 0x02 && op != 0x03)
				run(code, 7, true);
		}
	}
}

void test_main(void)
{
	ring3_init();
	for (unsigned v = 0; v < 32; v++)
		trap_handle(v, over);
	hcall3(LHCALL_LOAD_IDT_ENTRY, 0x80, 0, 0);
	one_byte();
	two_bytes();
	printf("%u instructions in ring 3, %u in ring 1\n", counts[0], counts[1]);
	CHECK(hypercalls == 1, "%u hypercalls left out", hypercalls);
}
