/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys after the escape key: the keyboard's owner, the status page. */
#ifndef GATEHOUSE_CORE_STATUS_H
#define GATEHOUSE_CORE_STATUS_H

/* Acts on a key typed after the escape key; 0 is none. */
void status_command(char key);

/* Prints guests, state, memory, CPU time and exits. */
void status_print(void);

#endif
