/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every opcode of one and two bytes from rings 1 and 3, the privileged ones with every operand: its
 * own fault. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

#define HLT 0xF4 /* traps in one byte, wherever the instruction before it ends */

USER_CODE(user_code, ".balign 4096\n\t.fill 4096, 1, 0xF4");

static uint32_t scratch[64] __attribute__((aligned(64)));
static uint8_t spare_stack[4096];
static uint32_t counts[2], hypercalls;

static bool over(struct regs *r)
{
	(void)r;
	trap_fixup = 0;
	ring3_leave();
}

static void put(const uint8_t *bytes, unsigned n)
{
	volatile uint8_t *code = (volatile uint8_t *)user_code;

	for (unsigned i = 0; i < 64; i++) {
		uint8_t byte = i < n ? bytes[i] : HLT;

		if (code[i] != byte) /* writing to code is slow in an emulator */
			code[i] = byte;
	}
}

/* Memory operands point to words that are all good stacks, so that even esp may be loaded, and all
 * good code. */
static void run(const uint8_t *bytes, unsigned n, bool in_kernel)
{
	struct regs r = ring3_start(user_code);

	for (unsigned i = 0; i < ARRAY_SIZE(scratch); i++)
		scratch[i] = addr32(spare_stack + sizeof(spare_stack) - 64);
	put(bytes, n);
	if (in_kernel)
		r.cs = LGUEST_CS;
	r.ds = r.es = in_kernel ? LGUEST_DS : USER_DS;
	r.eax = r.ebx = r.esi = r.edi =
		addr32(in_kernel ? scratch : (uint32_t *)(USER_STACK_TOP - 2048));
	r.ebp = r.eax;
	ring3_run(&r);
	counts[in_kernel]++;
}

/* What would leave the kernel without a stack to take the next trap on, or with its caller's. */
static bool loses_stack(uint8_t opcode)
{
	static const uint8_t codes[] = {0x5C, 0x61, 0x94, 0xBC, 0xC2, 0xC8, 0xC9};

	for (unsigned i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i] == opcode)
			return true;
	return false;
}

/* Where the middle bits of the operand byte choose the instruction. */
static bool is_group(unsigned op)
{
	return (op >= 0x80 && op <= 0x83) || op == 0x8F || op == 0xC0 || op == 0xC1 || op == 0xC6 ||
	       op == 0xC7 || (op >= 0xD0 && op <= 0xDF) || op >= 0xF6;
}

static void one_byte(void)
{
	for (unsigned op = 0; op < 256; op++) {
		for (unsigned reg = 0; reg < (is_group(op) ? 8 : 1); reg++) {
			uint8_t code[] = {(uint8_t)op, (uint8_t)(reg << 3)};

			if (op == 0x0F)
				continue;
			run(code, 2, false);
			if (!loses_stack(code[0]))
				run(code, 2, true);
		}
	}
}

/* System instructions with an operand byte, all of which counts. */
static bool is_system_group(unsigned op)
{
	return op == 0x00 || op == 0x01 || op == 0xAE || op == 0xC7;
}

/* Control, debug and model-specific registers, and so on. */
static bool is_system(unsigned op)
{
	return op < 0x10 || (op >= 0x20 && op < 0x28) || (op >= 0x30 && op < 0x38);
}

static void two_bytes(void)
{
	for (unsigned op = 0; op < 256; op++) {
		for (unsigned modrm = 0; modrm < 256; modrm++) {
			uint8_t code[] = {0x0F, (uint8_t)op, (uint8_t)modrm, 0, 0, 0, 0};
			bool is_group = is_system_group(op);

			if (!is_group && modrm & (is_system(op) ? 0x07 : 0xC7))
				continue;
			run(code, 7, false);
			/* vmcall is a hypercall; others may load esp */
			if (op == 0x01 && modrm == 0xC1)
				hypercalls++;
			else if ((is_group || is_system(op)) && op != 0x02 && op != 0x03 &&
				 (modrm & 0xC7) != 0xC4)
				run(code, 7, true);
		}
	}
}

void test_main(void)
{
	ring3_init();
	for (unsigned i = 1; i <= 64; i++)
		spare_stack[sizeof(spare_stack) - i] = HLT;
	for (unsigned v = 0; v < 32; v++)
		trap_handle(v, over);
	hcall3(LHCALL_LOAD_IDT_ENTRY, 0x80, 0, 0);
	one_byte();
	two_bytes();
	printf("%u instructions in ring 3, %u in ring 1\n", counts[0], counts[1]);
	CHECK(hypercalls == 1, "%u hypercalls left out", hypercalls);
}
