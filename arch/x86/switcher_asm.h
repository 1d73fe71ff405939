/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For assembly in the window: the exception table. */
#ifndef GATEHOUSE_ARCH_X86_SWITCHER_ASM_H
#define GATEHOUSE_ARCH_X86_SWITCHER_ASM_H

/* { faulting instruction, where to go on }: the only ring-0 instructions that may fault. */
/* clang-format off */
#define MAY_FAULT(insn, fixup)		\
	.pushsection .extable, "a";	\
	.long insn, fixup;		\
	.popsection
/* clang-format on */

#endif
