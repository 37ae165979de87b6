#!/bin/bash
# Runs once, when the data volume is empty: one database and one owner each for the ledger, the audit log and the sign-in.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set ledger_password `cat /run/secrets/ledger_password`
\set audit_password `cat /run/secrets/audit_password`
\set keycloak_password `cat /run/secrets/keycloak_db_password`
CREATE ROLE aktensuche LOGIN PASSWORD :'ledger_password';
CREATE ROLE aktensuche_audit LOGIN PASSWORD :'audit_password';
CREATE ROLE keycloak LOGIN PASSWORD :'keycloak_password';
CREATE DATABASE aktensuche OWNER aktensuche ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE audit OWNER aktensuche_audit ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE keycloak OWNER keycloak ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE aktensuche, audit, keycloak FROM PUBLIC;
SQL
