/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this is called. */
#ifndef GATEHOUSE_CORE_VERSION_H
#define GATEHOUSE_CORE_VERSION_H

#define GATEHOUSE_VERSION "0.1"

#endif
