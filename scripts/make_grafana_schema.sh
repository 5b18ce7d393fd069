#!/usr/bin/env bash
# Writes tests/unit/deployment/grafana_schema.json: what a dashboard may hold, as JSON Schema, from
# the TypeScript types that Grafana publishes (needs npm).
set -eu
target="$PWD/$(dirname "$0")/../tests/unit/deployment/grafana_schema.json"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
    @grafana/schema@13.2.3 ts-json-schema-generator@2.4.0 typescript@5.9.3 >/dev/null
types=node_modules/@grafana/schema/dist/types/raw
echo '{"compilerOptions":{"skipLibCheck":true,"moduleResolution":"node","strict":true},"files":[]}' >tsconfig.json

# schema FILE TYPE
schema() {
    npx ts-json-schema-generator --path "$types/$1/x/types.gen.d.ts" --type "$2" \
        --tsconfig tsconfig.json --no-type-check --minify
}
{
    printf '{"dashboard":%s,\n' "$(schema dashboard Dashboard)"
    printf '"timeseries":%s,\n' "$(schema composable/timeseries/panelcfg Options)"
    printf '"timeseries_field":%s,\n' "$(schema composable/timeseries/panelcfg FieldConfig)"
    printf '"stat":%s}\n' "$(schema composable/stat/panelcfg Options)"
} >"$target"
