// Where the port is, what its rows are, and how a check is counted.

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;

final class Peer {
  static final int ROWS = 10_000;
  /** A thousand billion rows: nobody waits for its end. */
  static final String ENDLESS = "select count(*) from every.kinds a, every.kinds b, every.kinds c where a.id * b.id * c.id % 7 = 3";
  static int passed;
  static int failed;

  interface Work {
    void run() throws Exception;
  }

  static void check(String what, Object found, Object wanted) {
    if (Objects.deepEquals(found, wanted)) {
      passed++;
      return;
    }
    failed++;
    System.out.printf("FAILED %s: found %s, wanted %s%n", what, shown(found), shown(wanted));
  }

  private static String shown(Object value) {
    String text = value instanceof Object[] list ? Arrays.deepToString(list) : value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    return text.length() > 300 ? text.substring(0, 300) : text;
  }

  /** Runs a group of checks; one that breaks is a failure and leaves the others. */
  static void section(String name, Work work) {
    System.out.println("· " + name);
    try {
      work.run();
    } catch (Exception error) {
      failed++;
      StackTraceElement at = Arrays.stream(error.getStackTrace()).filter(e -> e.getClassName().startsWith("Check") || e.getClassName().startsWith("Meta")).findFirst().orElse(error.getStackTrace()[0]);
      System.out.printf("FAILED %s: %s at %s%n", name, error, at);
    }
  }

  /** `more` are names and values of connection properties, in turns; the CA's file and the password come from Tulle's home. */
  static Connection connect(String user, String... more) throws SQLException {
    Properties properties = new Properties();
    properties.put("user", user);
    properties.put("password", Objects.toString(System.getenv("PEER_" + user.toUpperCase()), "wrong"));
    properties.put("sslmode", "verify-ca");
    properties.put("sslrootcert", System.getenv("PEER_CA"));
    for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
    String database = Objects.toString(properties.remove("database"), "tulle");
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + System.getenv("PEER_PORT") + "/" + database, properties);
  }

  /** The rows of an answer as texts of their columns, or the SQLSTATE of a refusal. */
  static String answer(Connection connection, String sql, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) statement.setObject(i + 1, parameters[i]);
      try (ResultSet rows = statement.executeQuery()) {
        return printed(rows);
      }
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  /** The same by the simple protocol's way of a plain Statement. */
  static String plainAnswer(Connection connection, String sql) {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      return printed(rows);
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  /** Rows as `a|b;c|d`. */
  static String printed(ResultSet rows, String... columns) throws SQLException {
    List<String> lines = new ArrayList<>();
    while (rows.next()) {
      List<String> values = new ArrayList<>();
      if (columns.length == 0) for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) values.add(rows.getString(i));
      for (String column : columns) values.add(rows.getString(column));
      lines.add(String.join("|", values.stream().map(String::valueOf).toList()));
    }
    return String.join(";", lines);
  }

  /** The row of every.kinds with this id (../sql-mesh/mesh/domains/tests/every/models/kinds.sql). */
  static Object[] kind(int i) {
    LocalDateTime moment = LocalDateTime.of(1969, 12, 31, 23, 59, 59, 123_456_000).plusHours(i);
    return new Object[] {
      (long) i, i - 5000, i % 7 == 0 ? null : i % 2 == 0, i / 4f, i / 8d, new BigDecimal("1.001").multiply(BigDecimal.valueOf(i - 5000)),
      new BigDecimal("12345678901234567890.0123456789").add(BigDecimal.valueOf(i)), LocalDate.of(1960, 1, 1).plusDays(i), LocalTime.of(0, 0, 0, 1000).plusSeconds(i),
      moment, OffsetDateTime.of(moment, ZoneOffset.UTC), new UUID(0x4000L, 0x8000_0000_0000_0000L | Long.parseLong(String.valueOf(i), 16)),
      i % 5 == 0 ? null : "zażółć \"" + i + "\" \\ 🦆", ("bytes " + i).getBytes(StandardCharsets.UTF_8), new Long[] {(long) i, null, (long) -i},
      "{\"a\":" + i + ",\"b\":\"b" + i + "\"}",
    };
  }

  /** The row that the cursor is on, each column as the class that JDBC names for its type. */
  static Object[] row(ResultSet rows) throws SQLException {
    return new Object[] {
      rows.getObject(1), rows.getObject(2), rows.getObject(3), rows.getObject(4), rows.getObject(5), rows.getObject(6), rows.getObject(7), rows.getObject(8, LocalDate.class),
      rows.getObject(9, LocalTime.class), rows.getObject(10, LocalDateTime.class), rows.getObject(11, OffsetDateTime.class), rows.getObject(12), rows.getObject(13),
      rows.getBytes(14), rows.getArray(15).getArray(), rows.getString(16),
    };
  }

  private Peer() {}
}
