// What DatabaseMetaData says of the mesh: it asks PostgreSQL's catalogue with long queries of its own.

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.Types;

final class MetaData {
  static void check() throws SQLException {
    try (Connection connection = Peer.connect("ana")) {
      DatabaseMetaData look = connection.getMetaData();
      Peer.check("product", look.getDatabaseProductName() + " " + look.getDatabaseMajorVersion(), "PostgreSQL 15");
      Peer.check("user", look.getUserName(), "ana");
      Peer.check("catalogues", Peer.printed(look.getCatalogs()), "tulle");
      Peer.check("schemas", Peer.printed(look.getSchemas(), "TABLE_SCHEM"), "every;information_schema;pg_catalog;public;wages");
      Peer.check("schemas by pattern", Peer.printed(look.getSchemas("tulle", "ev%"), "TABLE_SCHEM"), "every");
      Peer.check("tables", tables(connection), "every|kinds|TABLE;wages|wages|TABLE");
      Peer.check("a table by pattern", Peer.printed(look.getTables("tulle", "every", "k%", new String[] {"TABLE"}), "TABLE_NAME", "REMARKS"), "kinds|One row of every type");
      Peer.check("kinds of tables", Peer.printed(look.getTableTypes()).contains("TABLE"), true);
      Peer.check("columns", Peer.printed(look.getColumns("tulle", "every", "kinds", "%"), "COLUMN_NAME", "TYPE_NAME", "ORDINAL_POSITION", "IS_NULLABLE"),
        "id|int8|1|NO;small|int4|2|YES;flag|bool|3|YES;single|float4|4|YES;ratio|float8|5|YES;price|numeric|6|YES;wide|numeric|7|YES;day|date|8|YES;clock|time|9|YES;"
          + "moment|timestamp|10|YES;instant|timestamptz|11|YES;tag|uuid|12|YES;note|text|13|YES;raw|bytea|14|YES;parts|_int8|15|YES;pair|json|16|YES");
      Peer.check("a column", Peer.printed(look.getColumns(null, "every", "kinds", "price"), "DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS", "TABLE_SCHEM"), Types.NUMERIC + "|12|3|every");
      Peer.check("the words on a column", Peer.printed(look.getColumns(null, "every", "kinds", "id"), "REMARKS"), "Counts from zero");
      Peer.check("primary key", Peer.printed(look.getPrimaryKeys("tulle", "every", "kinds"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), "id|1|kinds_pkey");
      Peer.check("indexes", Peer.printed(look.getIndexInfo(null, "every", "kinds", true, false), "COLUMN_NAME", "NON_UNIQUE"), "id|f");
      Peer.check("best row identifier", Peer.printed(look.getBestRowIdentifier(null, "every", "kinds", DatabaseMetaData.bestRowSession, false), "COLUMN_NAME"), "id");
      Peer.check("foreign keys", Peer.printed(look.getImportedKeys(null, "every", "kinds")) + Peer.printed(look.getExportedKeys(null, "every", "kinds")), "");
      Peer.check("rights on columns", Peer.printed(look.getColumnPrivileges(null, "every", "kinds", "id"), "PRIVILEGE").contains("SELECT"), true);
      Peer.check("types", Peer.printed(look.getTypeInfo(), "TYPE_NAME").contains("numeric"), true);
      Peer.check("no routines of ours", Peer.printed(look.getFunctions(null, "every", "%")) + Peer.printed(look.getProcedures(null, "every", "%")), "");
      Peer.check("schema", connection.getSchema(), "public");
      Peer.check("catalogue", connection.getCatalog(), "tulle");
    }
  }

  /** Tables outside PostgreSQL's own schemas. */
  static String tables(Connection connection) throws SQLException {
    return Peer.printed(connection.getMetaData().getTables(null, null, "%", new String[] {"TABLE", "VIEW"}), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE");
  }

  private MetaData() {}
}
