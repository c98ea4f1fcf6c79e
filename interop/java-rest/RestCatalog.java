// The REST catalogue that Iceberg's Java implementation tests itself with, behind a socket. Its tables are listed in SQLite
// below the folder that is named. Prints its address. Usage: RestCatalog <folder>

package org.apache.iceberg.rest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.RESTCatalogAdapter.Route;
import org.apache.iceberg.rest.responses.ErrorResponse;

public class RestCatalog {
  private static final class Refused extends RuntimeException {
    final ErrorResponse response;

    Refused(ErrorResponse response) {
      this.response = response;
    }
  }

  public static void main(String[] args) throws Exception {
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.setConf(new Configuration());
    catalog.initialize("java", Map.of(
        "uri", "jdbc:sqlite:" + args[0] + "/catalog.db?journal_mode=WAL&busy_timeout=10000", "warehouse", "file://" + args[0] + "/java",
        "jdbc.schema-version", "V1", "jdbc.user", "tulle", "jdbc.password", "tulle", "clients", "1"));
    RESTCatalogAdapter adapter = new RESTCatalogAdapter(catalog);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", exchange -> serve(adapter, exchange));
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static void serve(RESTCatalogAdapter adapter, HttpExchange exchange) throws IOException {
    int status = 200;
    Object response = null;
    try {
      HTTPRequest.HTTPMethod method = HTTPRequest.HTTPMethod.valueOf(exchange.getRequestMethod());
      String path = exchange.getRequestURI().getRawPath().substring(1);
      Route route = Route.from(method, path).first();
      String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Object body = text.isEmpty() ? null : route == Route.TOKENS ? RESTUtil.decodeFormData(text) : RESTObjectMapper.mapper().readValue(text, route.requestClass());
      HTTPRequest request = adapter.buildRequest(method, path, queryOf(exchange), Map.of(), body);
      response = adapter.execute(request, route.responseClass(), error -> {
        throw new Refused(error);
      }, headers -> {});
    } catch (Refused refused) {
      status = refused.response.code();
      response = refused.response;
    } catch (Exception broken) {
      broken.printStackTrace();
      status = 500;
    }
    byte[] answer = response == null ? new byte[0] : RESTObjectMapper.mapper().writeValueAsBytes(response);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(answer.length == 0 && status == 200 ? 204 : status, answer.length == 0 ? -1 : answer.length);
    if (answer.length > 0) exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private static Map<String, String> queryOf(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      String[] member = pair.split("=", 2);
      query.put(member[0], member.length > 1 ? URLDecoder.decode(member[1], StandardCharsets.UTF_8) : "");
    }
    return query;
  }
}
