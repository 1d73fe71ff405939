/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves what the fast tier is told of a guest, and what becomes of CR0.TS and sysenter. */
/* unit-sources: arch/x86/vcpu.c arch/x86/descriptor.c */
#include "test/unit/vcpu_fixture.h"

static void test_fast_handlers(void **unused)
{
	for (unsigned vector = 0; vector < 256; vector++) {
		bool is_fast = vector < 64 && (vector >= 32 || 0x000B7EF9u >> vector & 1);
		bool has_code = vector < 32 && 0x00027D00u >> vector & 1;

		for (unsigned type = 0; type < 16; type++) {
			bool is_usable = type == GATE_TRAP || type == GATE_INTERRUPT;

			vcpu_set_gate(&one, vector, gate(type, 0));
			if (vector >= 64)
				continue;
			assert_int_equal(one.fast.handlers[vector],
					 is_fast && is_usable ? 0xC1234560 : 0);
			if (one.fast.handlers[vector])
				assert_int_equal(one.fast.kinds[vector],
						 (type == GATE_INTERRUPT ? FAST_INTERRUPT : 0) |
							 (has_code ? FAST_ERROR_CODE : 0));
		}
	}
	vcpu_set_gate(&one, 3, gate(GATE_TRAP, 3));
	assert_int_equal(one.fast.handlers[3], 0xC1234560);
	vcpu_set_gate(&one, 3, 0);
	assert_int_equal(one.fast.handlers[3], 0);
}

/* No base, and nothing that reaches the window by a frame below or around it. */
static void test_fast_stack(void **unused)
{
	vcpu_set_stack(&one, LGUEST_DS, 0x1000);
	assert_int_equal(one.fast.esp1, 0x1000);
	assert_int_equal(one.fast.ss1, LGUEST_DS);
	vcpu_set_stack(&one, LGUEST_DS, WINDOW_BASE);
	assert_int_equal(one.fast.esp1, WINDOW_BASE);
	vcpu_set_stack(&one, LGUEST_DS, WINDOW_BASE + 1);
	assert_int_equal(one.fast.esp1, 0);
	vcpu_set_stack(&one, LGUEST_DS, 63);
	assert_int_equal(one.fast.esp1, 0);
	vcpu_set_stack(&one, LGUEST_DS, 64);
	assert_int_equal(one.fast.esp1, 64);
	vcpu_set_descriptor(&one, LGUEST_DS >> 3, descriptor_flat(false, 1) | 1ull << 56);
	assert_int_equal(one.fast.esp1, 0);
	assert_int_equal(one.fast.ss1, FAST_NO_STACK);
	vcpu_set_descriptor(&one, LGUEST_DS >> 3, descriptor_flat(false, 1));
	assert_int_equal(one.fast.esp1, 64);
	assert_int_equal(one.fast.ss1, LGUEST_DS);
}

static void test_fast_is_off(void **unused)
{
	vcpu_set_data(&one, 0xFFF04010);
	assert_int_equal(one.fast.data, 0xFFF04010);
	vcpu_set_debugger(&one, true, false);
	assert_int_equal(one.fast.data, 0);
	vcpu_allow_fast(&one, true);
	assert_int_equal(one.fast.data, 0);
	vcpu_set_debugger(&one, false, false);
	assert_int_equal(one.fast.data, 0xFFF04010);
	vcpu_allow_fast(&one, false);
	assert_int_equal(one.fast.data, 0);
}

/* The real CR0.TS is the loaded guest's; what the fast tier made of it stays its own. */
static void test_ts(void **unused)
{
	vcpu_set_ts(&two, true);
	assert_false(real_ts);
	vcpu_load(&slot, &one);
	assert_false(real_ts);
	real_ts = true; /* by the fast tier */
	assert_true(vcpu_ts(&one));
	vcpu_load(&slot, &two);
	assert_true(real_ts);
	real_ts = false;
	vcpu_load(&slot, &one);
	assert_true(real_ts);
	assert_false(vcpu_ts(&two));
	vcpu_set_ts(&one, false);
	assert_false(real_ts);
}

/* It leads into ring 0 only while the guest runs that asked for it. */
static void test_sysenter(void **unused)
{
	vcpu_load(&slot, &two);
	assert_int_equal(vcpu_set_sysenter(&one, 0xC0001000), 0);
	assert_int_equal(state->sysenter_eip, 0);
	vcpu_load(&slot, &one);
	assert_int_equal(state->sysenter_eip, 0xC0001000);
	assert_int_equal(sysenter_set[0], (uint32_t)(uintptr_t)sysenter_entry);
	assert_int_equal(sysenter_set[1], 0xFFC12000);
	assert_int_equal(sysenter_set[2], SEL_HOST_CODE);
	vcpu_load(&slot, &two);
	assert_int_equal(sysenter_set[2], 0);
	assert_int_equal(state->sysenter_eip, 0);
	vcpu_load(&slot, &one);
	assert_int_equal(sysenter_set[2], SEL_HOST_CODE);
	vcpu_set_sysenter(&one, 0);
	assert_int_equal(sysenter_set[2], 0);
	has_sysenter = false;
	assert_int_equal(vcpu_set_sysenter(&one, 1), -ENODEV);
	has_sysenter = true;
	vcpu_load(&slot, NULL);
	vcpu_reset(&one, &slot, 0x1000); /* another life has to ask again */
	assert_int_equal(one.state.sysenter_eip, 0);
}

static void test_fast_counts(void **unused)
{
	vcpu_load(&slot, &one);
	one.entry.fast_traps = 3;
	one.entry.fast_calls = 4;
	assert_int_equal(vcpu_fast_traps(&one), 3);
	vcpu_load(&slot, &two);
	assert_int_equal(vcpu_fast_traps(&two), 0);
	assert_int_equal(vcpu_fast_calls(&one), 4);
	vcpu_load(&slot, &one);
	assert_int_equal(vcpu_fast_traps(&one), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fast_handlers, set_up),
		cmocka_unit_test_setup(test_fast_stack, set_up),
		cmocka_unit_test_setup(test_fast_is_off, set_up),
		cmocka_unit_test_setup(test_ts, set_up),
		cmocka_unit_test_setup(test_sysenter, set_up),
		cmocka_unit_test_setup(test_fast_counts, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
