/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves why a guest left and what becomes of it: the frame builder, and each exit's way. */
/* unit-sources: core/traps.c core/emulate.c core/decode.c core/decode_mov.c core/guest_mem.c */
/* unit-sources: core/mmio.c core/ports.c core/trace.c arch/x86/guest_walk.c */
/* unit-sources: arch/x86/descriptor.c */
/* unit-flags: -include test/unit/fake_cpu.h */
#include "core/traps.h"

#include "test/unit/traps_fixture.h"

static uint32_t device_value;

struct virtio_pci *pci_bus_find(struct guest *who, uint64_t gpa, uint32_t *offset)
{
	static struct virtio_device device;

	who->devices.pci[0].device = &device;
	*offset = (uint32_t)gpa & 0xFFF;
	return gpa >> 32 ? NULL : &who->devices.pci[0];
}

uint32_t virtio_pci_bar_read(struct virtio_pci *p, uint32_t offset, unsigned size)
{
	return 0xAABBCCDD;
}

void virtio_pci_bar_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	device_value = value;
}

uint32_t pci_bus_read(struct guest *who, uint16_t port, unsigned size)
{
	return 0;
}

void pci_bus_write(struct guest *who, uint16_t port, unsigned size, uint32_t value)
{
}

static void leave(uint32_t trap, uint32_t error_code)
{
	regs.trapno = trap;
	regs.errcode = error_code;
	trap_handle_exit(&g);
}

/* ---- frames ---- */

static void test_frame_in_ring_1(void **state)
{
	handler(6, GATE_TRAP, 0);
	data->irq_enabled = X86_EFLAGS_IF;
	assert_true(trap_deliver(&g, 6, false, 0));
	assert_int_equal(regs.esp, ESP - 12);
	assert_int_equal(word_at(ESP - 12), EIP);
	assert_int_equal(word_at(ESP - 8), LGUEST_CS);
	assert_int_equal(word_at(ESP - 4), X86_EFLAGS_IF | X86_EFLAGS_FIXED);
	assert_int_equal(regs.eip, HANDLER);
	assert_int_equal(regs.ss, RING1_SS);
	assert_int_equal(data->irq_enabled, X86_EFLAGS_IF); /* a trap gate */
}

static void test_frame_from_ring_3(void **state)
{
	user();
	regs.esp = 0x1234;
	regs.cs |= 0xABCD0000; /* what some CPUs leave in the upper half */
	regs.ss |= 0xABCD0000;
	handler(13, GATE_INTERRUPT, 0);
	data->irq_enabled = 0xFFFFFFFF;
	assert_true(trap_deliver(&g, 13, true, 0x18));
	assert_int_equal(regs.esp, ESP1 - 24);
	assert_int_equal(word_at(ESP1 - 24), 0x18);
	assert_int_equal(word_at(ESP1 - 20), EIP);
	assert_int_equal(word_at(ESP1 - 16), USER_CS);
	assert_int_equal(word_at(ESP1 - 12), X86_EFLAGS_IF | X86_EFLAGS_FIXED);
	assert_int_equal(word_at(ESP1 - 8), 0x1234);
	assert_int_equal(word_at(ESP1 - 4), USER_SS);
	assert_int_equal(regs.cs, LGUEST_CS);
	assert_int_equal(regs.ss, RING1_SS);
	assert_int_equal(data->irq_enabled, 0);
}

/* I4: a handler begins with these clear; the frame shows what was, but for IF. */
static void test_flags(void **state)
{
	const uint32_t cleared = X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM;

	handler(6, GATE_TRAP, 0);
	regs.eflags = 0xFFFFFFFF;
	assert_true(trap_deliver(&g, 6, false, 0));
	assert_int_equal(regs.eflags, ~cleared);
	assert_int_equal(word_at(ESP - 4), ~(uint32_t)X86_EFLAGS_IF); /* its own is off */
	g.data = NULL;
	regs.esp = ESP;
	regs.eflags = X86_EFLAGS_IF;
	handler(6, GATE_INTERRUPT, 0);
	assert_true(trap_deliver(&g, 6, false, 0));
	assert_int_equal(word_at(ESP - 4), 0);
}

static void test_no_gate(void **state)
{
	struct regs before = regs;

	assert_false(trap_deliver(&g, 6, false, 0));
	g.vcpu.idt[6] = gate_make(HANDLER, LGUEST_CS, GATE_TASK, 0);
	assert_false(trap_deliver(&g, 6, false, 0));
	g.vcpu.idt[6] = gate_make(HANDLER, LGUEST_CS, GATE_TRAP, 0) & ~DESC_PRESENT;
	assert_false(trap_deliver(&g, 6, false, 0));
	assert_memory_equal(&regs, &before, sizeof(regs));
	leave(6, 0);
	assert_int_equal(fails, 1);
	assert_int_equal(g.exits[EXIT_REFLECTED], 1);
}

static void expect_bad_stack(void)
{
	struct regs before = regs;

	assert_true(trap_deliver(&g, 6, false, 0));
	assert_int_equal(fails, 1);
	assert_memory_equal(&regs, &before, sizeof(regs));
	fails = 0;
	g.state = GUEST_RUNNING;
}

/* Nothing is written where the guest itself could not. */
static void test_bad_stacks(void **state)
{
	handler(6, GATE_TRAP, 0);
	regs.esp = KERNEL_VA; /* the frame lies below what is mapped */
	expect_bad_stack();
	regs.esp = KERNEL_VA + MEMORY + 8; /* its last words are beyond */
	expect_bad_stack();
	regs.esp = 0;
	expect_bad_stack();
	memcpy(memory + TOP + (WINDOW_BASE >> 22) * 4, memory + TOP + (KERNEL_VA >> 22) * 4, 4);
	regs.esp = WINDOW_BASE + 0x3000; /* though its own tables have memory there */
	expect_bad_stack();
	regs.esp = ESP;
	map(5, 1); /* read-only */
	expect_bad_stack();
	map(5, 2); /* absent */
	expect_bad_stack();
	map(5, 0x100003); /* beyond its memory */
	expect_bad_stack();
	map(5, 3);
	segment_base = 0x10000000; /* counts */
	expect_bad_stack();
}

/* What the shadow maps writable is written without a walk: but not in the window or beyond a page.
 */
static void test_stack_by_the_shadow(void **state)
{
	static uint8_t page[2 * PAGE_SIZE] ALIGNED(4096);
	uint32_t eip = 0;

	handler(6, GATE_TRAP, 0);
	shadow_entry = (uintptr_t)page | PTE_P | PTE_W;
	regs.esp = 0x50001000;
	assert_true(trap_deliver(&g, 6, false, 0));
	memcpy(&eip, page + PAGE_SIZE - 12, 4);
	assert_int_equal(eip, EIP);
	regs.esp = WINDOW_BASE + 0x12000;
	expect_bad_stack();
	regs.esp = 0x50001004;
	expect_bad_stack();
	shadow_entry &= ~(uint64_t)PTE_W;
	regs.esp = 0x50001000;
	expect_bad_stack();
	shadow_entry = 0;
}

static void test_stack_in_linear_mode(void **state)
{
	handler(6, GATE_TRAP, 0);
	g.shadow.is_linear = true;
	regs.esp = MEMORY;
	assert_true(trap_deliver(&g, 6, false, 0));
	assert_int_equal(fails, 0);
	assert_int_equal(word_at(KERNEL_VA + MEMORY - 12), EIP);
	regs.esp = MEMORY + 4;
	expect_bad_stack();
}

/* ---- exits ---- */

static void test_error_codes(void **state)
{
	for (unsigned trap = 0; trap < 32; trap++) {
		bool has_code = trap == 8 || (trap >= 10 && trap <= 14) || trap == 17;

		regs.esp = ESP;
		regs.eip = EIP;
		handler(trap, GATE_TRAP, 0);
		trap_reflect(&g, trap, 0x5A);
		assert_int_equal(ESP - regs.esp, has_code ? 16 : 12);
		if (has_code)
			assert_int_equal(word_at(regs.esp), 0x5A);
	}
}

static void test_page_fault(void **state)
{
	cr2 = 0xBFFF0123;
	leave(14, 7);
	assert_int_equal(fault_va, 0xBFFF0123);
	assert_int_equal(fault_code, 7);
	assert_int_equal(g.exits[EXIT_SHADOW], 1);
	handler(14, GATE_TRAP, 0);
	fault_result = SHADOW_DENIED;
	leave(14, 5);
	assert_int_equal(data->cr2, 0xBFFF0123);
	assert_int_equal(word_at(ESP - 16), 5);
	fault_result = SHADOW_STOPPED;
	leave(14, 5);
	assert_int_equal(fails, 1);
}

static void test_page_fault_before_init(void **state)
{
	g.data = NULL;
	handler(14, GATE_TRAP, 0);
	fault_result = SHADOW_DENIED;
	leave(14, 5);
	assert_int_equal(fails, 1);
	assert_int_equal(regs.eip, EIP);
}

static void test_page_fault_without_handler(void **state)
{
	fault_result = SHADOW_DENIED;
	leave(14, 5);
	assert_int_equal(fails, 1);
	g.data = NULL;
	trap_reflect(&g, 14, 5);
	trap_reflect(&g, 33, 0);
	assert_int_equal(fails, 3);
}

static void test_device_memory(void **state)
{
	static const uint8_t store[] = {0x89, 0x08}; /* mov %ecx, (%eax) */

	memcpy(memory + 0x4000, store, sizeof(store));
	regs.ecx = 0x12345678;
	fault_result = SHADOW_DEVICE;
	fault_device = 0xE0000010;
	leave(14, 2);
	assert_int_equal(device_value, 0x12345678);
	assert_int_equal(regs.eip, EIP + 2);
	fault_device = 1ull << 40;
	leave(14, 2);
	assert_int_equal(fails, 1);
}

static void test_exits(void **state)
{
	leave(LGUEST_TRAP_ENTRY, 0);
	assert_int_equal(hypercalls, 2);
	leave(X86_TRAP_NMI, 0);
	assert_int_equal(nmis, 101);
	leave(0xFC, 0);
	assert_int_equal(vector_seen, 0xFC);
	assert_int_equal(g.exits[EXIT_INTERRUPT], 1);
	memcpy(memory + 0x4000, "\xFA\xF4\x0F\x01\xC1", 5); /* cli, hlt, vmcall */
	leave(X86_TRAP_GP, 0);
	assert_int_equal(regs.eip, EIP + 1);
	handler(X86_TRAP_GP, GATE_TRAP, 0);
	leave(X86_TRAP_GP, 0);
	assert_int_equal(regs.eip, HANDLER);
	assert_int_equal(word_at(ESP - 12), EIP + 1);
	regs.eip = EIP + 2;
	leave(X86_TRAP_UD, 0);
	assert_int_equal(hypercalls, 5);
	handler(X86_TRAP_XM, GATE_TRAP, 0);
	leave(X86_TRAP_XM, 0);
	assert_int_equal(regs.eip, HANDLER);
	handler(X86_TRAP_DB, GATE_TRAP, 0);
	leave(X86_TRAP_DB, 0);
	assert_int_equal(dr6_taken, 0x4001);
	assert_int_equal(fails, 0);
}

static void test_deadly_exits(void **state)
{
	static const uint32_t traps[] = {X86_TRAP_DF, EXIT_IRET_FAULT, EXIT_VM86};

	for (size_t i = 0; i < ARRAY_SIZE(traps); i++) {
		fails = 0;
		leave(traps[i], 0);
		assert_int_equal(fails, 1);
	}
	assert_int_equal(vector_seen, 0);
	g.vcpu.entry.fault_trapno = 0xFC; /* what came in virtual-8086 mode wants its EOI */
	leave(EXIT_VM86, 0);
	assert_int_equal(vector_seen, 0xFC);
	assert_int_equal(fails, 2);
}

/* In the memory of the one that ran, it alone ends; anywhere else the machine does. */
static void test_machine_check(void **state)
{
	const uint64_t beyond[] = {0, g.base - 1, (uint64_t)g.base + g.ram_bytes};

	broken_address = g.base + 0x1234;
	leave(X86_TRAP_MC, 0);
	assert_true(fails == 1 && !machine_broken);
	broken_address = (uint64_t)g.base + g.ram_bytes - 1;
	leave(X86_TRAP_MC, 0);
	assert_true(fails == 2 && !machine_broken);
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		broken_address = beyond[i];
		machine_broken = false;
		if (!setjmp(machine_ended))
			leave(X86_TRAP_MC, 0);
		assert_true(machine_broken);
	}
	assert_int_equal(fails, 2);
}

static void test_debugger(void **state)
{
	g.vcpu.debug.is_on = true;
	leave(LGUEST_TRAP_ENTRY, 0);
	assert_true(hypercalls == 2 && debugger_told);
	debugger_takes_it = true;
	leave(LGUEST_TRAP_ENTRY, 0);
	assert_int_equal(hypercalls, 2);
}

static void test_nmi_by_order(void **state)
{
	assert_non_null(trap_deliver_nmi(&g)); /* no handler */
	g.nmi_gate = gate_make(HANDLER, LGUEST_CS, GATE_INTERRUPT, 0);
	g.state = GUEST_STALLED;
	assert_non_null(trap_deliver_nmi(&g));
	g.state = GUEST_HALTED;
	assert_null(trap_deliver_nmi(&g));
	assert_int_equal(woken, 1);
	assert_int_equal(regs.eip, HANDLER);
	assert_true(g.vcpu.idt[2] == 0);
	regs.esp = 0x10;
	assert_non_null(trap_deliver_nmi(&g)); /* it dies of its stack */
	assert_int_equal(fails, 1);
	assert_true(g.vcpu.idt[2] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frame_in_ring_1),
		TEST(test_frame_from_ring_3),
		TEST(test_flags),
		TEST(test_no_gate),
		TEST(test_bad_stacks),
		TEST(test_stack_in_linear_mode),
		TEST(test_stack_by_the_shadow),
		TEST(test_error_codes),
		TEST(test_page_fault),
		TEST(test_page_fault_before_init),
		TEST(test_page_fault_without_handler),
		TEST(test_device_memory),
		TEST(test_exits),
		TEST(test_deadly_exits),
		TEST(test_machine_check),
		TEST(test_debugger),
		TEST(test_nmi_by_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
