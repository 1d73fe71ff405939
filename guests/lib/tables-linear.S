/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot page tables of a guest that has none: it stays in linear mode. */

	.section .rodata
	.balign	4
	.globl	guest_tables_pae
guest_tables_pae:
	.long	0

	.section .note.GNU-stack, "", @progbits
