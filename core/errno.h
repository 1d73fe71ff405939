/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error numbers: functions return 0 or one of these negated. Values as in Linux. */
#ifndef GATEHOUSE_CORE_ERRNO_H
#define GATEHOUSE_CORE_ERRNO_H

#define ENOENT 2  /* no such thing */
#define EIO    5  /* the device said no */
#define E2BIG  7  /* longer than allowed */
#define EAGAIN 11 /* not now */
#define ENOMEM 12 /* no memory (or quota) left */
#define EFAULT 14 /* an address outside of what the caller owns */
#define EBUSY  16 /* in use */
#define EEXIST 17 /* name taken */
#define ENODEV 19 /* no such device */
#define EINVAL 22 /* malformed */
#define ENOSPC 28 /* table full */
#define ERANGE 34 /* number outside of its range */

#endif
