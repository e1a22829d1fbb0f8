#!/bin/sh
# Books the purchase and says under which number.
sleep 0.4
echo '{"number": "PO-2041"}'
