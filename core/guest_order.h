/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What whoever sits at the monitor may ask of a guest, whatever state it is in. */
#ifndef GATEHOUSE_CORE_GUEST_ORDER_H
#define GATEHOUSE_CORE_GUEST_ORDER_H

struct guest;

/*
 * Each returns NULL when that is done, or will be as soon as the guest's
 * devices are at rest; or the reason why not, in words that go on from the
 * guest's name. All but pause and resume end a pause by the monitor.
 */
const char *guest_order_start(struct guest *g);   /* one that is dead or off: a new life */
const char *guest_order_stop(struct guest *g);    /* off: its memory is given back */
const char *guest_order_restart(struct guest *g); /* whatever it does: a new life */
const char *guest_order_kill(struct guest *g);    /* dead, whatever on-crash= says; memory kept */
const char *guest_order_pause(struct guest *g);
const char *guest_order_resume(struct guest *g); /* the monitor's pause, then gdb's */

#endif
