/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's looking commands, for the table of them: each is a monitor_command's run(). */
#ifndef GATEHOUSE_CORE_MONITOR_LOOK_H
#define GATEHOUSE_CORE_MONITOR_LOOK_H

#include "core/types.h"

struct guest;

/* What a command needs of a guest, whatever state that is in. */
enum look_need {
	LOOK_PROCESSOR, /* registers and tables: its image was loaded, in this life or the last */
	LOOK_MEMORY,    /* its memory is its own */
	LOOK_TABLES,    /* both, in this life: its page tables can be followed */
};

/* That guest, with a heading; NULL, and said why, if it has not what is needed. */
struct guest *look_at(const char *name, enum look_need need);

/* Milliseconds for %u.%03u. */
#define LOOK_MS(ns) look_us(ns) / 1000, look_us(ns) % 1000
uint32_t look_us(uint64_t ns);

int look_regs(int argc, char **argv);
int look_gdt(int argc, char **argv);
int look_idt(int argc, char **argv);
int look_irqs(int argc, char **argv);

int look_bt(int argc, char **argv);
int look_mem(int argc, char **argv);
int look_pmem(int argc, char **argv);
int look_walk(int argc, char **argv);
int look_shadow(int argc, char **argv);

int look_timers(int argc, char **argv);
int look_sched(int argc, char **argv);
int look_memory(int argc, char **argv);
int look_stack(int argc, char **argv);
int look_version(int argc, char **argv);

int look_cpu(int argc, char **argv);
int look_devices(int argc, char **argv);
int look_interrupts(int argc, char **argv);
int look_pci(int argc, char **argv);
int look_machine(int argc, char **argv);

#endif
