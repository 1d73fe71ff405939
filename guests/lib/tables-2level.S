/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot page tables, 2-level: the first 16 MiB at 0 and at 0xC0000000. */
#define ENTRY_FLAGS 0x063 /* present, writable, accessed, dirty */
#define TABLES      4

	.macro	boot_tables
	.set	table, 0
	.rept	TABLES
	.long	guest_boot_table_phys + (table << 12) + ENTRY_FLAGS
	.set	table, table + 1
	.endr
	.endm

	.section .data.tables, "aw"
	.balign	4096
	.globl	guest_boot_root, guest_boot_table
guest_boot_root:
	boot_tables
	.org	guest_boot_root + (0xC0000000 >> 22) * 4
	boot_tables
	.org	guest_boot_root + 4096
guest_boot_table:
	.set	page, 0
	.rept	TABLES * 1024
	.long	(page << 12) + ENTRY_FLAGS
	.set	page, page + 1
	.endr

	.section .rodata
	.balign	4
	.globl	guest_tables_pae
guest_tables_pae:
	.long	0

	.section .note.GNU-stack, "", @progbits
