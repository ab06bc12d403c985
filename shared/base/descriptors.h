/* shared/base/descriptors.h: as many open files as the limits on connections need. */
#ifndef AVOW_BASE_DESCRIPTORS_H
#define AVOW_BASE_DESCRIPTORS_H

/* `more` are needed besides those asked for so far; as far as we may, they are allowed.
 * Where they are not it is said. From one thread, before connections come. */
void descriptors_need(unsigned more);

#endif
