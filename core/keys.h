/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys after the escape key. */
#ifndef GATEHOUSE_CORE_KEYS_H
#define GATEHOUSE_CORE_KEYS_H

/* Acts on a key typed after the escape key; 0 is none. */
void keys_command(char key);

#endif
