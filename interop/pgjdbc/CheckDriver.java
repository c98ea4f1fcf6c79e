// Asks the SQL port through pgjdbc, and compares every answer with the value wanted.

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Calendar;
import java.util.TimeZone;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.util.PSQLException;

public final class CheckDriver {
  public static void main(String[] arguments) {
    Peer.section("signing in", CheckDriver::signingIn);
    for (String mode : new String[] {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"}) Peer.section("every type, query mode " + mode, () -> everyType(mode));
    Peer.section("parameters", CheckDriver::parameters);
    Peer.section("fetch sizes", CheckDriver::fetchSizes);
    Peer.section("errors", CheckDriver::errors);
    Peer.section("limits", CheckDriver::limits);
    Peer.section("transactions", CheckDriver::transactions);
    Peer.section("metadata", MetaData::check);
    Peer.section("two readers", CheckDriver::twoReaders);
    System.out.printf("%d passed, %d failed%n", Peer.passed, Peer.failed);
    System.exit(Peer.failed == 0 ? 0 : 1);
  }

  private static void signingIn() throws Exception {
    try (Connection connection = Peer.connect("ana")) {
      Peer.check("valid", connection.isValid(5), true);
      Peer.check("who", Peer.answer(connection, "select current_user, current_database()"), "ana|tulle");
      Peer.check("server", connection.getMetaData().getDatabaseMajorVersion(), 15);
      Peer.check("reads only", connection.unwrap(PGConnection.class).getParameterStatus("default_transaction_read_only"), "on");
    }
    Peer.check("wrong password", refusal("ana", "password", "wrong"), "28P01");
    Peer.check("unknown user", refusal("nobody"), "28P01");
    Peer.check("another database", refusal("ana", "database", "postgres"), "3D000");
    Peer.check("a CA that is none of ours", refusal("ana", "sslrootcert", System.getenv("PEER_CA") + ".none"), "08006");
    Peer.check("the certificate has our name", refusal("ana", "sslmode", "verify-full"), "signed in");
  }

  private static String refusal(String user, String... more) {
    try (Connection connection = Peer.connect(user, more)) {
      return "signed in";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  private static void everyType(String mode) throws Exception {
    try (Connection connection = Peer.connect("ana", "preferQueryMode", mode); PreparedStatement statement = connection.prepareStatement("select * from every.kinds where id >= ? order by id")) {
      // From the fifth execution on the statement is the server's, and its rows come in binary.
      for (int time = 1; time <= 7; time++) {
        statement.setInt(1, time == 7 ? 0 : Peer.ROWS - 20);
        try (ResultSet rows = statement.executeQuery()) {
          int i = time == 7 ? 0 : Peer.ROWS - 20;
          int wrong = 0;
          for (; rows.next(); i++) {
            Object[] found = Peer.row(rows);
            if (!Arrays.deepEquals(found, Peer.kind(i)) && wrong++ == 0) Peer.check("row " + i + ", execution " + time, found, Peer.kind(i));
          }
          Peer.check("rows equal, execution " + time, wrong, 0);
          Peer.check("rows, execution " + time, i, Peer.ROWS);
        }
      }
      if (!mode.equals("simple")) Peer.check("prepared by the server", ((PGStatement) statement).isUseServerPrepare(), true);
      try (ResultSet rows = connection.createStatement().executeQuery("select * from every.kinds where id = 4321")) {
        ResultSetMetaData columns = rows.getMetaData();
        Peer.check("types", columns.getColumnTypeName(1) + " " + columns.getColumnTypeName(6) + " " + columns.getColumnTypeName(15), "int8 numeric _int8");
        Peer.check("precision and scale", columns.getPrecision(6) + "," + columns.getScale(6) + " " + columns.getPrecision(7) + "," + columns.getScale(7), "12,3 38,10");
        Peer.check("jdbc types", columns.getColumnType(8) == Types.DATE && columns.getColumnType(10) == Types.TIMESTAMP && columns.getColumnType(14) == Types.BINARY, true);
        rows.next();
        Peer.check("a timestamp in another zone", rows.getTimestamp(10, Calendar.getInstance(TimeZone.getTimeZone("UTC"))).toInstant(), ((OffsetDateTime) Peer.kind(4321)[10]).toInstant());
        Peer.check("an instant here", rows.getTimestamp(11).toInstant(), ((OffsetDateTime) Peer.kind(4321)[10]).toInstant());
        Peer.check("a date here", rows.getDate(8).toLocalDate(), Peer.kind(4321)[7]);
        Peer.check("null", rows.getString("note") + rows.wasNull(), Peer.kind(4321)[12] + "false");
      }
    }
  }

  private static void parameters() throws Exception {
    Object[][] values = {
      {"int", 7}, {"bigint", Long.MIN_VALUE}, {"smallint", -32768}, {"boolean", true}, {"double precision", -0.1}, {"real", 1.5f}, {"numeric", new BigDecimal("-12345678901234567890.000000001")},
      {"numeric(9, 2)", new BigDecimal("3.10")}, {"date", LocalDate.of(1582, 10, 15)}, {"date", LocalDate.of(9999, 12, 31)}, {"time", LocalTime.of(23, 59, 59, 999_999_000)},
      {"timestamp", LocalDateTime.of(2024, 2, 29, 12, 0, 0, 1000)}, {"timestamptz", OffsetDateTime.of(2024, 2, 29, 12, 0, 0, 0, ZoneOffset.UTC)}, {"uuid", new UUID(-5, 7)},
      {"text", "it's \\ \"quoted\" ? $1 🦆\n"}, {"text", ""}, {"bytea", new byte[] {0, 1, 39, 92, -1}},
    };
    for (String mode : new String[] {"simple", "extended"}) {
      try (Connection connection = Peer.connect("ana", "preferQueryMode", mode)) {
        for (Object[] value : values) {
          try (PreparedStatement statement = connection.prepareStatement("select ?::" + value[0])) {
            for (int time = 1; time <= 6; time++) {
              statement.setObject(1, value[1]);
              Object found;
              try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                boolean whole = value[1] instanceof Number || value[1] instanceof byte[] || value[1] instanceof String || value[1] instanceof Boolean;
                found = whole ? (value[0].equals("smallint") ? (Object) rows.getInt(1) : rows.getObject(1)) : rows.getObject(1, value[1].getClass());
              } catch (SQLException error) {
                found = error.getSQLState() + " " + error.getMessage();
              }
              if (time == 1 || time == 6) Peer.check(value[0] + " as " + mode + ", execution " + time, found, value[1]);
            }
          }
        }
        Object[] row = Peer.kind(4321);
        String[] names = {"id", "small", "", "", "ratio", "price", "wide", "day", "clock", "moment", "instant", "tag", "note", "raw"};
        for (int column = 0; column < names.length; column++) {
          if (!names[column].isEmpty()) Peer.check(names[column] + " = ?, " + mode, Peer.answer(connection, "select id from every.kinds where " + names[column] + " = ?", row[column]), "4321");
        }
        Peer.check("limit and offset, " + mode, Peer.answer(connection, "select id from every.kinds order by id limit ? offset ?", 2, 40), "40;41");
        Peer.check("like, " + mode, Peer.answer(connection, "select count(*) from every.kinds where note like ?", "%\"12__\"%"), "80");
        // In simple mode the driver writes the list as a text without a type, which the engine cannot tell from any other.
        if (mode.equals("extended")) Peer.check("any of a list, " + mode, anyOf(connection), "5;9;12");
        try (PreparedStatement statement = connection.prepareStatement("select ?::text is null, ?::int, coalesce(?, 'x')")) {
          statement.setNull(1, Types.VARCHAR);
          statement.setNull(2, Types.INTEGER);
          statement.setNull(3, Types.VARCHAR);
          Peer.check("nulls, " + mode, Peer.printed(statement.executeQuery()), "t|null|x");
        }
        try (PreparedStatement statement = connection.prepareStatement("select id from every.kinds where instant = ?")) {
          statement.setTimestamp(1, Timestamp.from(((OffsetDateTime) row[10]).toInstant()));
          Peer.check("java.sql.Timestamp, " + mode, Peer.printed(statement.executeQuery()), "4321");
        }
        try (PreparedStatement statement = connection.prepareStatement("select id from every.kinds where day = ?")) {
          statement.setDate(1, java.sql.Date.valueOf((LocalDate) row[7]));
          Peer.check("java.sql.Date, " + mode, Peer.printed(statement.executeQuery()), "4321");
        }
      }
    }
    try (Connection connection = Peer.connect("ana"); PreparedStatement statement = connection.prepareStatement("select id, price from every.kinds where id = ? and price > ?")) {
      Peer.check("types of parameters", statement.getParameterMetaData().getParameterTypeName(1) + " " + statement.getParameterMetaData().getParameterTypeName(2), "int8 numeric");
      Peer.check("columns before it runs", statement.getMetaData().getColumnName(2), "price");
    }
  }

  private static String anyOf(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select id from every.kinds where id = any(?) order by id")) {
      statement.setArray(1, connection.createArrayOf("bigint", new Object[] {5L, 9L, 12L}));
      return Peer.printed(statement.executeQuery());
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  private static void fetchSizes() throws Exception {
    try (Connection connection = Peer.connect("ana")) {
      connection.setAutoCommit(false);
      for (int size : new int[] {1, 777, 10_000, 20_000}) {
        try (PreparedStatement statement = connection.prepareStatement("select * from every.kinds where id < ? order by id")) {
          statement.setFetchSize(size);
          int wanted = size == 1 ? 50 : Peer.ROWS;
          statement.setInt(1, wanted);
          try (ResultSet rows = statement.executeQuery()) {
            int i = 0;
            int wrong = 0;
            for (; rows.next(); i++) if (!Arrays.deepEquals(Peer.row(rows), Peer.kind(i))) wrong++;
            Peer.check("rows by " + size, i + " rows, " + wrong + " wrong", wanted + " rows, 0 wrong");
          }
        }
      }
      try (Statement one = connection.createStatement(); Statement two = connection.createStatement()) {
        one.setFetchSize(3);
        two.setFetchSize(2);
        ResultSet up = one.executeQuery("select id from every.kinds order by id");
        ResultSet down = two.executeQuery("select id from every.kinds order by id desc");
        StringBuilder found = new StringBuilder();
        for (int i = 0; i < 8 && up.next() && down.next(); i++) found.append(up.getInt(1)).append(' ').append(down.getInt(1)).append(';');
        Peer.check("two in turns", found.toString(), "0 9999;1 9998;2 9997;3 9996;4 9995;5 9994;6 9993;7 9992;");
      }
      connection.commit();
      connection.setAutoCommit(true);
      try (Statement statement = connection.createStatement()) {
        statement.setMaxRows(7);
        Peer.check("at most seven", Peer.printed(statement.executeQuery("select id from every.kinds order by id")), "0;1;2;3;4;5;6");
      }
      try (Statement statement = connection.createStatement()) {
        boolean first = statement.execute("select 1; select 'two', null; select id from every.kinds where id < 3 order by 1");
        StringBuilder found = new StringBuilder(first ? Peer.printed(statement.getResultSet()) : "none");
        while (statement.getMoreResults()) found.append(" / ").append(Peer.printed(statement.getResultSet()));
        Peer.check("three statements in one", found.toString(), "1 / two|null / 0;1;2");
      }
    }
  }

  private static void errors() throws Exception {
    String[][] refused = {
      {"bo", "denied table", "select * from wages.wages", "42501"},
      {"bo", "denied in a join", "select count(*) from every.kinds k join wages.wages w on w.person = k.id", "42501"},
      {"ana", "unknown table", "select * from every.nothing", "42P01"}, {"ana", "unknown schema", "select * from nowhere.kinds", "42P01"},
      {"ana", "unknown column", "select nothing from every.kinds", "42703"}, {"ana", "unknown function", "select nothing(1)", "42883"},
      {"ana", "a syntax error", "select * from every.kinds where where id = 1", "42601"}, {"ana", "no number", "select 'x'::int", "22P02"},
      {"ana", "out of range", "select 2147483647::int + 1::int", "22003"}, {"ana", "a write", "insert into every.kinds (id) values (1)", "25006"},
      {"ana", "a file", "select * from read_csv('/etc/passwd')", "42883"},
    };
    try (Connection ana = Peer.connect("ana"); Connection bo = Peer.connect("bo")) {
      for (String[] each : refused) {
        Connection connection = each[0].equals("bo") ? bo : ana;
        Peer.check(each[1], Peer.plainAnswer(connection, each[2]), each[3]);
        Peer.check(each[1] + ", prepared", Peer.answer(connection, each[2]), each[3]);
        Peer.check("after " + each[1], Peer.answer(connection, "select 1"), "1");
      }
      try {
        ana.createStatement().executeQuery("select * from every.kinds where where id = 1");
      } catch (PSQLException error) {
        Peer.check("position of a syntax error", error.getServerErrorMessage().getPosition(), 33);
      }
      try {
        java.io.StringWriter copied = new java.io.StringWriter();
        ana.unwrap(PGConnection.class).getCopyAPI().copyOut("copy every.kinds to stdout", copied);
        Peer.check("copy", copied.toString().lines().count(), 10000L);
      } catch (SQLException error) {
        Peer.check("copy", error.getSQLState(), "rows");
      }
    }
  }

  private static void limits() throws Exception {
    try (Connection connection = Peer.connect("ana")) {
      try (Statement statement = connection.createStatement()) {
        statement.setQueryTimeout(1);
        Peer.check("a timeout of the driver", stateOf(statement), "57014");
        statement.setQueryTimeout(0);
        statement.execute("set statement_timeout = 300");
        Peer.check("a timeout of the server", stateOf(statement), "57014");
        statement.execute("reset statement_timeout");
        new Thread(() -> {
          try {
            Thread.sleep(500);
            statement.cancel();
          } catch (InterruptedException | SQLException error) {
            System.out.println("the cancel failed: " + error);
          }
        }).start();
        long start = System.nanoTime();
        Peer.check("a cancel", stateOf(statement), "57014");
        Peer.check("the cancel in time", System.nanoTime() - start < 8_000_000_000L, true);
      }
      Peer.check("after all that", Peer.answer(connection, "select count(*) from every.kinds"), "10000");
    }
    try (Connection connection = Peer.connect("ana", "options", "-c statement_timeout=300"); Statement statement = connection.createStatement()) {
      Peer.check("a timeout of the connection", stateOf(statement), "57014");
    }
  }

  private static String stateOf(Statement statement) {
    try (ResultSet rows = statement.executeQuery(Peer.ENDLESS)) {
      return "answered";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  private static void transactions() throws Exception {
    try (Connection connection = Peer.connect("ana")) {
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      Peer.check("in a transaction", Peer.answer(connection, "select count(*) from every.kinds"), "10000");
      Peer.check("an error", Peer.answer(connection, "select * from every.nothing"), "42P01");
      Peer.check("nothing until its end", Peer.answer(connection, "select 1"), "25P02");
      connection.rollback();
      Peer.check("rolled back", Peer.answer(connection, "select 1"), "1");
      Savepoint point = connection.setSavepoint("point");
      Peer.check("an error after a savepoint", Peer.answer(connection, "select nothing"), "42703");
      connection.rollback(point);
      Peer.check("back to the savepoint", Peer.answer(connection, "select 2"), "2");
      connection.releaseSavepoint(point);
      connection.commit();
      connection.setAutoCommit(true);
      Peer.check("by itself again", Peer.answer(connection, "select 3"), "3");
      connection.setSchema("every");
      Peer.check("a name that only one schema has", Peer.answer(connection, "select count(*) from kinds"), "10000");
    }
    try (Connection connection = Peer.connect("ana", "autosave", "always")) {
      connection.setAutoCommit(false);
      Peer.check("saved by itself", Peer.answer(connection, "select 1") + Peer.answer(connection, "select nothing") + Peer.answer(connection, "select 2"), "1427032");
      connection.commit();
    }
  }

  private static void twoReaders() throws Exception {
    try (Connection ana = Peer.connect("ana"); Connection bo = Peer.connect("bo")) {
      String wages = "select count(*), sum(wage) from wages.wages";
      for (int time = 1; time <= 6; time++) {
        Peer.check("Ana reads wages", Peer.answer(ana, wages), "10|10045.00");
        Peer.check("Bo does not", Peer.answer(bo, wages), "42501");
      }
      Peer.check("Bo's kinds", Peer.answer(bo, "select max(id) from every.kinds"), "9999");
      Peer.check("Ana's tables", MetaData.tables(ana), "every|kinds|TABLE;wages|wages|TABLE");
      Peer.check("Bo's tables", MetaData.tables(bo), "every|kinds|TABLE");
    }
  }

  private CheckDriver() {}
}
