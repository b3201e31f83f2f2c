/* metrics.h: the text of /metrics, in the format that Prometheus reads (text, version 0.0.4). Any
 * worker. doc/metrics.md tells what each number is. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "server/mailbox.h"

void metrics_put(struct mailbox *mailbox, struct buf *out);

#endif
