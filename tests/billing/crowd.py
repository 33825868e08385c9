"""A process of many threads that all reserve, for the races that one process cannot show.

Run as `python -m tests.billing.crowd ACCOUNT_ID THREADS TIMES [--settle-or-release]`: prints `ready`, waits for a line
on stdin, reserves TIMES times in each thread, and prints a JSON object of what came of it.
"""

import argparse
import json
import sys
import threading
from collections import Counter

import django

django.setup()

from django.db import connections  # noqa: E402

from accounts.models import Account  # noqa: E402
from billing.models import Resource  # noqa: E402
from billing.use_cases.reserve_usage import reserve_usage  # noqa: E402
from billing.use_cases.settle_usage import release_usage, settle_usage  # noqa: E402
from convailens.lib.errors import QuotaExceeded  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("account_id")
    parser.add_argument("threads", type=int)
    parser.add_argument("times", type=int)
    parser.add_argument("--settle-or-release", action="store_true")
    options = parser.parse_args()
    account = Account.objects.get(pk=options.account_id)
    outcomes, start = [], threading.Barrier(options.threads)

    def reserve(number):
        try:
            start.wait()
            for turn in range(options.times):
                try:
                    held = reserve_usage(account=account, resource=Resource.ANALYSES)
                except QuotaExceeded:
                    outcomes.append("refused")
                    continue
                outcomes.append("reserved")
                if options.settle_or_release:
                    closing = settle_usage if (number + turn) % 2 else release_usage
                    if closing(reservation=held.pk):
                        outcomes.append(closing.__name__)
        except Exception as error:
            outcomes.append(type(error).__qualname__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(options.threads)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(Counter(outcomes)))


if __name__ == "__main__":
    main()
