/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry point that executes ud2 with no stack and no gate. */
	.section .text.start, "ax"
	.globl	guest_entry
guest_entry:
	ud2
	call	guest_start_c

	.section .note.GNU-stack, "", @progbits
