/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that the bare PC's C and assembly share. */
#ifndef GATEHOUSE_BENCH_NATIVE_NATIVE_H
#define GATEHOUSE_BENCH_NATIVE_NATIVE_H

#define KERNEL_CS      0x08
#define KERNEL_DS      0x10
#define USER_CS_NATIVE 0x1B
#define USER_DS_NATIVE 0x23
#define TSS_SELECTOR   0x28

/* The local APIC (SDM 3A 10.4.1), which the page tables have at its physical address. */
#define APIC_VA  0xFEE00000
#define APIC_EOI 0xB0
#define APIC_SVR 0xF0
#define APIC_ICR 0x300

#endif
