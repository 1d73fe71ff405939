/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses above memory where no BAR is, or no longer: the guest dies. */
/* paging: both */
/* expect: dead "no device is there" */
/* cases: 6 */
/* bystander: clock */
#include "test/guests/pci_console/driver.h"

void test_main(void)
{
	uint32_t at;

	CHECK(pci_find(), "no console with all its capabilities in slot 1");
	at = pci_read(SLOT, PCI_BAR0, 4);
	bar_map();
	CHECK(common_read(NUMQ, 2) == 2, "the BAR does not answer");
	switch (test_case()) {
	case 0: /* behind it */
		pt_map(pt_root(), BAR_VA + PAGE_SIZE, (at + PAGE_SIZE) | PTE_KERNEL_PAGE);
		bar_read(BAR_BYTES, 4);
		break;
	case 1: /* in front of it */
		pt_map(pt_root(), BAR_VA, (at - PAGE_SIZE) | PTE_KERNEL_PAGE);
		bar_write(BAR_BYTES - 4, 4, 0);
		break;
	case 2: /* memory space is off */
		pci_write(SLOT, PCI_COMMAND, 2, 4);
		bar_read(0, 4);
		break;
	case 3: /* it moved away */
		pci_write(SLOT, PCI_BAR0, 4, at + 0x10000);
		bar_read(0, 4);
		break;
	case 4: /* while it is being sized */
		pci_write(SLOT, PCI_BAR0, 4, 0xFFFFFFFF);
		bar_write(0, 1, 0);
		break;
	default: /* the last page of all */
		pt_map(pt_root(), BAR_VA, 0xFFFFF000 | PTE_KERNEL_PAGE);
		bar_read(0, 1);
	}
	test_failure("alive after case %u", test_case());
}
