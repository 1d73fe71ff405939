/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot page tables, PAE: the first 16 MiB at 0 and at 0xC0000000. */
#define ENTRY_FLAGS 0x063 /* present, writable, accessed, dirty */
#define PDPT_FLAGS  0x001 /* present; the others are reserved */
#define TABLES      8

	.macro	boot_tables
	.set	table, 0
	.rept	TABLES
	.long	guest_boot_table_phys + (table << 12) + ENTRY_FLAGS, 0
	.set	table, table + 1
	.endr
	.endm

	.section .data.tables, "aw"
	.balign	4096
	.globl	guest_boot_root, guest_boot_table
guest_boot_root:
	.long	guest_boot_root_phys + 0x1000 + PDPT_FLAGS, 0
	.long	0, 0
	.long	0, 0
	.long	guest_boot_root_phys + 0x2000 + PDPT_FLAGS, 0
	.org	guest_boot_root + 0x1000
	boot_tables
	.org	guest_boot_root + 0x2000
	boot_tables
	.org	guest_boot_root + 0x3000
guest_boot_table:
	.set	page, 0
	.rept	TABLES * 512
	.long	(page << 12) + ENTRY_FLAGS, 0
	.set	page, page + 1
	.endr

	.section .rodata
	.balign	4
	.globl	guest_tables_pae
guest_tables_pae:
	.long	1

	.section .note.GNU-stack, "", @progbits
