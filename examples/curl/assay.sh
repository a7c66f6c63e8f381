#!/bin/sh
# Assay by curl: which variant answers, that it was shown, and what came of it.
#   ASSAY_URL=http://localhost:4000 ASSAY_KEY=assay_sdk_... sh assay.sh fraud-score user-1 chargeback
# Slot, unit and outcome must not need escaping in JSON or in a path.
set -eu
slot=$1 unit=$2 outcome=$3

post() {
  curl --silent --show-error --fail-with-body --max-time 5 --retry 3 --header "Authorization: Bearer $ASSAY_KEY" \
    --header 'Content-Type: application/json' --data "$2" "$ASSAY_URL$1"
}

# A UUIDv7: 12 hexadecimal digits of milliseconds since 1970, then version, variant and random digits. curl repeats the
# very same batch, so that the server counts it once.
uuid7() {
  random=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n')
  time=$(printf '%012x' "$now")
  printf '%s-%s-7%s-8%s-%s' "$(echo "$time" | cut -c1-8)" "$(echo "$time" | cut -c9-12)" "$(echo "$random" | cut -c1-3)" \
    "$(echo "$random" | cut -c4-6)" "$(echo "$random" | cut -c7-18)"
}

# 1. Which variant?
flag=$(post "/ofrep/v1/evaluate/flags/$slot" "{\"context\":{\"targetingKey\":\"$unit\"}}")
echo "$flag"

# 2. It is shown now: the exposure is ready in the metadata, but for its time. Champions alone have none.
now=$(date +%s)000
exposure=$(printf '%s' "$flag" | sed -nE 's/.*"exposure":"(([^"\\]|\\.)*)".*/\1/p' | sed 's/\\\(.\)/\1/g')
events=${exposure:+"${exposure%\}},\"at\":$now},"}

# 3. Something came of it.
events="$events{\"type\":\"outcome\",\"name\":\"$outcome\",\"unit\":\"$unit\",\"at\":$now}"
post /v1/events "{\"batch\":\"$(uuid7)\",\"events\":[$events]}"
echo
