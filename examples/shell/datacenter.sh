#!/bin/sh
# A data center made with curl, waited for and taken away.
#
#     eval "$(ionstack env shell)" && sh datacenter.sh

set -eu
api="$IONOS_API_URL/cloudapi/v6"

# The address of a call's status is in the Location header of its answer.
call() {
    curl -sS --fail-with-body -D headers -H "Authorization: Bearer $IONOS_TOKEN" \
        -H "Content-Type: application/json" "$@"
}
wait_for() {
    status=$(sed -n 's/^[Ll]ocation: //p' headers | tr -d '\r')
    until call "$status" | grep -q '"status":"DONE"'; do sleep 1; done
}

body='{"properties": {"name": "example", "location": "de/txl"}}'
id=$(call --data "$body" "$api/datacenters" | sed 's/^{"id":"\([^"]*\)".*/\1/')
wait_for
call "$api/datacenters/$id?pretty=true"
call -X DELETE "$api/datacenters/$id"
wait_for
rm headers
