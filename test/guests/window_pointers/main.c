/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host does not follow guest pointers into the switcher window or beyond RAM. */
/* expect: success or dead "(?i)address|outside|notify|window|beyond|memory|tls|page|init" */
/* cases: 6 */
#include "test/guests/lib/test.h"

void test_main(void)
{
	static const struct {
		uint32_t call, address;
	} calls[] = {
		{LHCALL_NOTIFY, 0xFFC00000},   {LHCALL_LOAD_TLS, 0xFFFFFFF8},
		{LHCALL_LOAD_TLS, 0xFFC00000}, {LHCALL_NEW_PGTABLE, 0xFFC00000},
		{LHCALL_NOTIFY, 0xFFFFFFFF},   {LHCALL_LGUEST_INIT, 0xFFC00000},
	};

	for (unsigned i = test_case(); i < ARRAY_SIZE(calls); i++)
		hcall1(calls[i].call, calls[i].address);
}
