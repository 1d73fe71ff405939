/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before any driver: emerg_wr by way of the configuration access window, ports only. */
/* expect: success */
/* expect-log: "said in an emergency" */
#include "test/guests/pci_console/driver.h"

void test_main(void)
{
	CHECK(pci_find(), "no console with all its capabilities in slot 1");
	for (const char *c = "said in an emergency\n"; *c; c++) {
		pci_write(SLOT, cap_at[CAP_WINDOW] + 4, 1, 0);
		pci_write(SLOT, cap_at[CAP_WINDOW] + 8, 4, cap_offset[CAP_DEVICE] + 8);
		pci_write(SLOT, cap_at[CAP_WINDOW] + 12, 4, 4);
		pci_write(SLOT, cap_at[CAP_WINDOW] + 16, 4, (uint32_t)*c);
	}
	CHECK(pci_read(SLOT, cap_at[CAP_WINDOW] + 8, 4) == cap_offset[CAP_DEVICE] + 8,
	      "the window does not keep its offset");
	pci_write(SLOT, cap_at[CAP_WINDOW] + 8, 4, cap_offset[CAP_COMMON] + STATUS);
	pci_write(SLOT, cap_at[CAP_WINDOW] + 12, 4, 1);
	CHECK(pci_read(SLOT, cap_at[CAP_WINDOW] + 16, 1) == 0, "a status before any driver");
}
