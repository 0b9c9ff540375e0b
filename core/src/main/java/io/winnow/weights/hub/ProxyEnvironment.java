package io.winnow.weights.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Chooses proxies as command-line tools do: by the variables {@code https_proxy}, {@code
 * http_proxy}, {@code all_proxy} and {@code no_proxy}, in small or capital letters. Without them
 * the platform's own selector decides (Java's {@code https.proxyHost} and its kin).
 */
final class ProxyEnvironment extends ProxySelector {
  private final Map<String, String> environment;

  ProxyEnvironment(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    if (exempt(uri.getHost())) {
      return List.of(Proxy.NO_PROXY);
    }
    String proxy = variable(uri.getScheme().toLowerCase(Locale.ROOT) + "_proxy");
    String address = proxy.isEmpty() ? variable("all_proxy") : proxy;
    if (!address.isEmpty()) {
      return List.of(new Proxy(Proxy.Type.HTTP, address(address)));
    }
    ProxySelector platform = ProxySelector.getDefault();
    return platform == null ? List.of(Proxy.NO_PROXY) : platform.select(uri);
  }

  private static InetSocketAddress address(String text) {
    URI uri = URI.create(text.contains("://") ? text : "http://" + text);
    if (uri.getHost() == null) {
      throw new IllegalArgumentException(
          "proxy: " + text + " names no host; expected http://host:port");
    }
    boolean secure = "https".equals(uri.getScheme());
    int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
    return InetSocketAddress.createUnresolved(uri.getHost(), port);
  }

  private boolean exempt(String host) {
    return Stream.of(variable("no_proxy").split(","))
        .map(String::trim)
        .filter(entry -> !entry.isEmpty())
        .map(entry -> entry.startsWith(".") ? entry.substring(1) : entry)
        .anyMatch(entry -> entry.equals("*") || host.equals(entry) || host.endsWith("." + entry));
  }

  private String variable(String name) {
    String small = environment.get(name);
    return small != null ? small : environment.getOrDefault(name.toUpperCase(Locale.ROOT), "");
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // There is one proxy; the request itself fails with this exception.
  }
}
