// Trino in this process, with one catalogue of Iceberg tables behind our REST catalogue: a line of JSON with a statement in,
// a line with its rows as texts, or its error, out.

import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.testing.MaterializedResult;
import io.trino.testing.StandaloneQueryRunner;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

public final class Peer {
  public static void main(String[] arguments) throws Exception {
    // The library logs to standard output, which is kept for answers.
    PrintStream answers = System.out;
    System.setOut(System.err);
    ObjectMapper json = new ObjectMapper();
    var session = TestingSession.testSessionBuilder().setCatalog("lake").setSchema("interop").build();
    var trino = new StandaloneQueryRunner(session);
    trino.installPlugin(new IcebergPlugin());
    trino.createCatalog("lake", "iceberg", Map.ofEntries(
        Map.entry("iceberg.catalog.type", "rest"),
        Map.entry("iceberg.rest-catalog.uri", System.getenv("PEER_URI")),
        Map.entry("iceberg.register-table-procedure.enabled", "true"),
        Map.entry("fs.s3.enabled", "true"),
        Map.entry("s3.endpoint", System.getenv("PEER_S3")),
        Map.entry("s3.region", System.getenv("PEER_REGION")),
        Map.entry("s3.path-style-access", "true"),
        Map.entry("s3.aws-access-key", System.getenv("PEER_KEY")),
        Map.entry("s3.aws-secret-key", System.getenv("PEER_SECRET"))));
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(json.writeValueAsString(answerTo(trino, json.readTree(line).get("sql").asText())));
      answers.flush();
    }
    System.exit(0);
  }

  private static Map<String, Object> answerTo(StandaloneQueryRunner trino, String sql) {
    try {
      MaterializedResult result = trino.execute(sql);
      return Map.of("rows", result.getMaterializedRows().stream().map(row -> row.getFields().stream().map(value -> value == null ? null : value.toString()).toList()).toList());
    } catch (Exception error) {
      return Map.of("error", Objects.toString(error.getMessage(), error.toString()));
    }
  }
}
