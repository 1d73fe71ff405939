/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what the CPU's tables and flags hold of a guest, and nothing of the guest before it. */
/* unit-sources: arch/x86/vcpu.c arch/x86/descriptor.c */
#include "test/unit/vcpu_fixture.h"

static void test_reset(void **unused)
{
	struct vcpu fresh;

	memset(&one, 0xA5, sizeof(one));
	one.slot = NULL;
	one.debug.is_on = true;
	one.debug.dr[7] = 1;
	vcpu_reset(&one, &slot, 0x1234);
	assert_ptr_equal(one.regs, &one.entry.regs);
	assert_int_equal(one.entry.regs.eip, 0x1234);
	assert_int_equal(one.entry.regs.cs, LGUEST_CS);
	assert_int_equal(one.entry.regs.eflags, X86_EFLAGS_IF | X86_EFLAGS_FIXED);
	assert_int_equal(
		one.entry.regs.eax | one.entry.regs.esp | one.entry.regs.fs | one.entry.regs.gs, 0);
	assert_true(one.debug.is_on && one.rules.is_debugged);
	assert_int_equal(one.debug.dr[7] | one.dr[7] | one.dr[0], 0);
	assert_int_equal(one.fpu.area[0], 0xF5);
	assert_int_equal(one.fpu.area[511], 0xF5);
	/* but for the debugger the same as one that never was anything else */
	memset(&fresh, 0, sizeof(fresh));
	vcpu_reset(&fresh, &slot, 0x1234);
	assert_memory_equal(one.state.gdt, fresh.state.gdt, sizeof(fresh.state.gdt));
	assert_memory_equal(one.gdt_wishes, fresh.gdt_wishes, sizeof(fresh.gdt_wishes));
	assert_memory_equal(one.idt, fresh.idt, sizeof(fresh.idt));
}

/* I3: a guest's wish for one of the host's entries is remembered and goes nowhere. */
static void test_host_entries(void **unused)
{
	vcpu_load(&slot, &one);
	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		one.state.gdt[i] = SECRET;
	for (unsigned i = 0; i < GDT_ENTRIES; i++) {
		bool is_host = i == GDT_ENTRY_HOST_CODE || i == GDT_ENTRY_HOST_DATA ||
			       i == GDT_ENTRY_TSS || i == GDT_ENTRY_DF_TSS;

		vcpu_set_descriptor(&one, i, descriptor_flat(false, 0));
		assert_true(one.gdt_wishes[i] == descriptor_flat(false, 0));
		assert_true(state->gdt[i] == (is_host ? SECRET : descriptor_flat(false, 1)));
	}
}

static void test_descriptor_not_loaded(void **unused)
{
	vcpu_set_descriptor(&one, 6, descriptor_flat(true, 3));
	assert_true(one.state.gdt[6] == descriptor_flat(true, 3) && state->gdt[6] == 0);
	vcpu_set_descriptor(&one, 7, 0x00123400004567ull << 16 | DESC_PRESENT | DESC_ORDINARY);
	assert_int_equal(vcpu_segment_base(&one, 7 << 3 | 1), descriptor_base(one.state.gdt[7]));
	assert_int_equal(vcpu_segment_base(&one, 7 << 3 | 4), 0); /* of an LDT there is none */
	assert_int_equal(vcpu_segment_base(&one, 0xFFF8), 0);
}

/* I3, I7: of the guest before, the tables hold nothing. */
static void test_load_replaces_tables(void **unused)
{
	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		vcpu_set_descriptor(&one, i, descriptor_flat(true, 3));
	for (unsigned i = 0; i < 32; i++)
		vcpu_set_gate(&one, i, gate(GATE_TRAP, 3));
	use_syscall_vector(&one, 0x80);
	use_syscall_vector(&two, 0x40);
	vcpu_set_stack(&one, 0x69, 0x1000);
	vcpu_load(&slot, &one);
	assert_true(gate_is_direct(state->idt[0x80]));
	assert_int_equal(state->tss.esp1, 0x1000);
	vcpu_load(&slot, &two);
	for (unsigned i = 0; i < GDT_ENTRIES; i++)
		assert_true(vcpu_entry_is_host(i) ? state->gdt[i] == SECRET
						  : state->gdt[i] != descriptor_flat(true, 3));
	for (unsigned i = 0; i < 32; i++)
		assert_false(gate_is_direct(state->idt[i]));
	assert_false(gate_is_direct(state->idt[0x80]));
	assert_true(gate_is_direct(state->idt[0x40]));
	assert_int_equal(state->tss.esp1 | state->tss.ss1, 0);
	assert_ptr_equal(one.regs, &one.entry.regs);
	assert_ptr_equal(two.regs, &two.entry.regs);
	assert_null(one.slot);
	assert_int_equal(saves, 1);
	assert_int_equal(loads, 2);
}

/* I7: the pages in the window are the guest's to read: each has its own, the CPU its own. */
static void test_load_shows_own_pages(void **unused)
{
	vcpu_load(&slot, &one);
	assert_ptr_equal(shown, &one.entry);
	assert_ptr_equal(state, &one.state);
	memset(one.entry.stack, 0x5E, sizeof(one.entry.stack));
	one.regs->eax = SECRET;
	vcpu_load(&slot, &two);
	assert_ptr_equal(shown, &two.entry);
	assert_ptr_equal(state, &two.state);
	vcpu_load(&slot, &one);
	assert_ptr_equal(shown, &one.entry);
	assert_int_equal(one.regs->eax, SECRET);
	loads = 0;
	vcpu_load(&slot, &one);
	assert_int_equal(loads, 0);
	vcpu_load(&slot, NULL);
	vcpu_load(&slot, NULL);
	assert_null(slot.loaded);
	/* or the CPU would lose its GDT with the reset */
	assert_ptr_equal(shown, &own_entry);
	assert_ptr_equal(state, &own_state);
	vcpu_reset(&one, &slot, 0x1000); /* nothing of the last life */
	for (size_t i = 0; i < sizeof(one.entry.stack); i++)
		assert_int_equal(one.entry.stack[i], 0);
}

static void test_system_call_vector_moves(void **unused)
{
	vcpu_load(&slot, &one);
	use_syscall_vector(&one, 0x80);
	assert_true(gate_is_direct(state->idt[0x80]));
	use_syscall_vector(&one, 0x40);
	assert_false(gate_is_direct(state->idt[0x80]));
	assert_true(gate_is_direct(state->idt[0x40]));
	assert_true(state->idt[0x80] == own_state.idt[0x80]);
	/* any other vector above the exceptions stays the host's */
	vcpu_set_gate(&one, 0x90, gate(GATE_TRAP, 3));
	assert_true(state->idt[0x90] == own_state.idt[0x90] && one.idt[0x90] == gate(GATE_TRAP, 3));
}

/* I4: whatever eflags are asked for. */
static void test_run_flags(void **unused)
{
	vcpu_load(&slot, &one);
	one.state.guest_cr3 = 0x1000;
	for (unsigned bit = 0; bit < 32; bit++) {
		one.regs->eflags = 1u << bit;
		vcpu_run(&one, &slot);
		assert_int_equal(one.regs->eflags & ~(1u << bit),
				 bit == 9   ? X86_EFLAGS_FIXED
				 : bit == 1 ? X86_EFLAGS_IF
					    : X86_EFLAGS_IF | X86_EFLAGS_FIXED);
	}
	one.regs->eflags = 0xFFFFFFFF;
	vcpu_run(&one, &slot);
	assert_int_equal(one.regs->eflags & (X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_VIF |
					     X86_EFLAGS_VIP | X86_EFLAGS_IF | X86_EFLAGS_NT),
			 X86_EFLAGS_IF | X86_EFLAGS_NT);
	assert_int_equal(state->guest_cr3, 0x1000);
	assert_int_equal(state->guest_dr7, 0);
	assert_int_equal(runs, 33);
}

static void test_run_step(void **unused)
{
	vcpu_load(&slot, &one);
	vcpu_set_debugger(&one, true, true);
	assert_true(one.rules.is_debugged && one.rules.is_stepped);
	vcpu_run(&one, &slot);
	assert_true(one.regs->eflags & X86_EFLAGS_TF && !one.debug.own_tf);
	assert_int_equal(one.debug.step_eip, 0x100000);
	one.regs->eflags &= ~X86_EFLAGS_TF;
	vcpu_set_debugger(&one, true, false);
	vcpu_run(&one, &slot);
	assert_false(one.regs->eflags & X86_EFLAGS_TF);
	vcpu_set_debugger(&one, false, false);
	assert_false(one.rules.is_debugged);
}

static void test_debug_registers(void **unused)
{
	assert_int_equal(vcpu_set_debug(&one, 0, 0xC0001000), 0);
	assert_int_equal(vcpu_set_debug(&one, 7, 0x00010001), 0); /* write, 1 byte */
	assert_int_equal(one.dr[7], 0x00010001);
	assert_int_equal(vcpu_set_debug(&one, 4, 0), -EINVAL);
	assert_int_equal(vcpu_set_debug(&one, 5, 0), -EINVAL);
	assert_int_equal(vcpu_set_debug(&one, 8, 0), -EINVAL);
	for (unsigned bit = 11; bit < 16; bit++) /* bit 13: general detect */
		assert_int_equal(vcpu_set_debug(&one, 7, 1u << bit), -EINVAL);
	assert_int_equal(vcpu_set_debug(&one, 7, 0x00020001), -EINVAL); /* of an I/O port */
	assert_int_equal(vcpu_set_debug(&one, 7, 0x00010401), 0);       /* bit 10 reads as one */
	assert_int_equal(vcpu_set_debug(&one, 7, 0x00010000), 0);
	assert_int_equal(one.dr[7], 0); /* none enabled is none */
	assert_int_equal(vcpu_set_debug(&one, 6, 0xFFFFFFFF), 0);
	assert_int_equal(one.dr[6], 0xFFFFEFFF);
	vcpu_note_debug_trap(&two, 0x4001);
	assert_int_equal(two.dr[6], 0xFFFF4FF1);
}

/* An address on the window is fine until its breakpoint is enabled, in whichever order. */
static void test_breakpoints_on_window(void **unused)
{
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(vcpu_set_debug(&one, n, WINDOW_BASE), 0);
		assert_int_equal(vcpu_set_debug(&one, 7, 1u << 2 * n), -EINVAL);
		assert_int_equal(vcpu_set_debug(&one, 7, 2u << 2 * n), -EINVAL);
		assert_int_equal(vcpu_set_debug(&one, n, WINDOW_BASE - 8), 0);
		assert_int_equal(vcpu_set_debug(&one, 7, 1u << 2 * n), 0);
		assert_int_equal(vcpu_set_debug(&one, n, WINDOW_BASE - 7), -EINVAL);
		assert_int_equal(vcpu_set_debug(&one, n, 0xFFFFFFFF), -EINVAL);
		assert_int_equal(vcpu_set_debug(&one, 7, 0), 0);
	}
}

static void test_debugger_breakpoints(void **unused)
{
	assert_int_equal(vcpu_set_breakpoint(&one, 1, 3, 0x2000, 4), 0);
	assert_int_equal(one.debug.dr[7], 1u << 2 | 0xFu << 20);
	assert_int_equal(one.debug.dr[1], 0x2000);
	assert_int_equal(vcpu_set_breakpoint(&one, 2, 0, WINDOW_BASE, 1), -EINVAL);
	assert_int_equal(vcpu_set_breakpoint(&one, 1, 0, 0, 0), 0);
	assert_int_equal(one.debug.dr[7], 0);
}

/* Both of a debugger's and of a guest that is not in: each is found, wherever it is wrong. */
static void test_audit(void **unused)
{
	use_syscall_vector(&one, 0x80);
	vcpu_set_gate(&one, 3, gate(GATE_TRAP, 3));
	for (unsigned loaded = 0; loaded < 2; loaded++) {
		uint64_t *gdt = one.state.gdt, *idt = one.state.idt;

		vcpu_load(&slot, loaded ? &one : NULL);
		assert_int_equal(vcpu_audit(&one), 0);
		gdt[5] = descriptor_flat(true, 0);
		assert_int_equal(vcpu_audit(&one), 1);
		gdt[5] = 0;
		idt[3] ^= 1ull << 40; /* an interrupt gate */
		assert_int_equal(vcpu_audit(&one), 1);
		idt[3] ^= 1ull << 40;
		idt[14] = gate(GATE_TRAP, 0); /* of the guest, where a stub belongs */
		assert_int_equal(vcpu_audit(&one), 1);
		idt[14] = two.state.idt[14];
		assert_int_equal(vcpu_audit(&one), 0);
	}
}

static void test_stack(void **unused)
{
	vcpu_set_stack(&one, 0x69, 0x1000);
	assert_int_equal(own_state.tss.esp1, 0);
	vcpu_load(&slot, &one);
	assert_int_equal(state->tss.esp1, 0x1000);
	vcpu_set_stack(&one, 0x79, 0x2000);
	assert_int_equal(state->tss.ss1, 0x79);
	assert_int_equal(state->tss.esp1, 0x2000);
	vcpu_set_stack(&two, 0x69, 0x3000);
	assert_int_equal(state->tss.esp1, 0x2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reset, set_up),
		cmocka_unit_test_setup(test_host_entries, set_up),
		cmocka_unit_test_setup(test_descriptor_not_loaded, set_up),
		cmocka_unit_test_setup(test_load_replaces_tables, set_up),
		cmocka_unit_test_setup(test_load_shows_own_pages, set_up),
		cmocka_unit_test_setup(test_system_call_vector_moves, set_up),
		cmocka_unit_test_setup(test_run_flags, set_up),
		cmocka_unit_test_setup(test_run_step, set_up),
		cmocka_unit_test_setup(test_debug_registers, set_up),
		cmocka_unit_test_setup(test_breakpoints_on_window, set_up),
		cmocka_unit_test_setup(test_debugger_breakpoints, set_up),
		cmocka_unit_test_setup(test_audit, set_up),
		cmocka_unit_test_setup(test_stack, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
