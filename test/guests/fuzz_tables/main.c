/* SPDX-License-Identifier: GPL-2.0-or-later */
/* t */
/* paging: both */
/* expect: success or dead ".*" */
#include "test/guests/lib/fuzz.h"
void test_main(void){}
