#!/bin/bash
# Keycloak reads passwords from its environment only: they are taken from the secret files here, and nowhere else.
set -euo pipefail
secret() {
  local value
  value="$(<"/run/secrets/$1")"
  [[ -n "$value" ]] || { echo "secret $1 is empty; see deploy/secrets/README.md" >&2; exit 1; }
  printf '%s' "$value"
}
KC_DB_PASSWORD="$(secret keycloak_db_password)"
KC_BOOTSTRAP_ADMIN_PASSWORD="$(secret keycloak_admin_password)"
UI_CLIENT_SECRET="$(secret ui_client_secret)"
API_CLIENT_SECRET="$(secret api_client_secret)"
export KC_DB_PASSWORD KC_BOOTSTRAP_ADMIN_PASSWORD UI_CLIENT_SECRET API_CLIENT_SECRET
# the realm is imported when it does not exist yet; afterwards the database is the truth
exec /opt/keycloak/bin/kc.sh start --import-realm
