package io.winnow.weights.hub;

import io.winnow.files.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Fetches a pre-trained file, only when asked to: over HTTP with ranges, so that an interrupted
 * transfer goes on where it ended, through the proxy that the environment names, and into its place
 * only after size and hash were compared with what is published.
 */
public final class WeightFetch {
  private static final String PART = ".part";
  private static final int ATTEMPTS = 4;
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** Hears how far a transfer has come. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Told after every block.
     *
     * @param done bytes on the disk
     * @param total bytes of the file; 0 while the server has not said
     */
    void onBytes(long done, long total);
  }

  private final HttpClient client;
  private final Duration patience;

  /**
   * Prepares transfers.
   *
   * @param environment the variables of the process, for the proxy
   */
  public WeightFetch(Map<String, String> environment) {
    this(environment, Duration.ofSeconds(60));
  }

  /** With another patience: a connection that gives no byte for so long is broken off. */
  WeightFetch(Map<String, String> environment, Duration patience) {
    this.patience = patience;
    client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(20))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(new ProxyEnvironment(environment))
            .build();
  }

  /**
   * Fetches a file into a folder, or finds it there already.
   *
   * @param stop asked after every block; what came so far stays for the next time
   * @return the check of the file; its verdict is MISSING after a stop
   * @throws IllegalArgumentException when the server or the network fails, with what to do by hand,
   *     or when the file is not the published one
   * @throws UncheckedIOException when the disk fails
   */
  public WeightCatalogue.Check fetch(
      WeightCatalogue.Entry entry, Path folder, Listener listener, BooleanSupplier stop) {
    Path target = folder.resolve(entry.fileName());
    WeightCatalogue.Check present = WeightCatalogue.check(entry, target);
    if (present.verdict() == WeightCatalogue.Verdict.DIFFERENT) {
      throw new IllegalArgumentException(present.detail());
    }
    if (present.usable()) {
      return present;
    }
    Path part = folder.resolve(entry.fileName() + PART);
    if (!transfer(entry, target, part, listener, stop)) {
      return present;
    }
    WeightCatalogue.Check check = WeightCatalogue.check(entry, part);
    try {
      if (!check.usable()) {
        Files.delete(part);
        throw new IllegalArgumentException(
            entry.url() + ": is not the published file. " + check.detail());
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw FileFailure.unwritable(target, e);
    }
    return WeightCatalogue.check(entry, target);
  }

  /** Whether everything came; false after a stop. */
  private boolean transfer(
      WeightCatalogue.Entry entry,
      Path target,
      Path part,
      Listener listener,
      BooleanSupplier stop) {
    try {
      Files.createDirectories(part.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw FileFailure.unwritable(part, e);
    }
    for (int attempt = 1; ; attempt++) {
      try {
        return attempt(entry, target, part, listener, stop);
      } catch (Interrupted e) {
        if (attempt == ATTEMPTS) {
          throw byHand(entry, target, e.getCause());
        }
      }
    }
  }

  /** A transfer that broke off and may go on. */
  private static final class Interrupted extends Exception {
    private static final long serialVersionUID = 1;

    Interrupted(IOException cause) {
      super(cause);
    }
  }

  private boolean attempt(
      WeightCatalogue.Entry entry, Path target, Path part, Listener listener, BooleanSupplier stop)
      throws Interrupted {
    long have = size(part);
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(entry.url())).timeout(patience);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response = send(entry, target, request.build());
    try (InputStream body = response.body();
        StallGuard guard = new StallGuard(body, patience)) {
      int status = response.statusCode();
      if (status == RANGE_NOT_SATISFIABLE) {
        return alreadyWhole(entry, part, have);
      }
      if (status != OK && status != PARTIAL) {
        throw new IllegalArgumentException(
            "%s: the server answered %d; expected the file. %s"
                .formatted(entry.url(), status, manual(entry, target)));
      }
      long start = status == PARTIAL ? have : 0;
      OptionalLong length = response.headers().firstValueAsLong("Content-Length");
      long total = length.isPresent() ? start + length.getAsLong() : 0;
      return copy(body, part, start, total, bytes -> heard(guard, bytes, total, listener), stop);
    } catch (IOException e) {
      throw FileFailure.unwritable(part, e);
    }
  }

  private static void heard(StallGuard guard, long done, long total, Listener listener) {
    guard.progress();
    listener.onBytes(done, total);
  }

  /** The server has no byte after those that came: they are all, or not of this file. */
  private static boolean alreadyWhole(WeightCatalogue.Entry entry, Path part, long have)
      throws IOException, Interrupted {
    if (WeightCatalogue.check(entry, part).usable()) {
      return true;
    }
    Files.delete(part);
    throw new Interrupted(new IOException(have + " bytes of another file were here before"));
  }

  private HttpResponse<InputStream> send(
      WeightCatalogue.Entry entry, Path target, HttpRequest request) throws Interrupted {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException | UnknownHostException e) {
      throw byHand(entry, target, e);
    } catch (IOException e) {
      throw new Interrupted(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while fetching " + entry.url(), e);
    }
  }

  private static boolean copy(
      InputStream body,
      Path part,
      long start,
      long total,
      LongConsumer listener,
      BooleanSupplier stop)
      throws IOException, Interrupted {
    byte[] block = new byte[1 << 16];
    long done = start;
    try (OutputStream out =
        start > 0
            ? Files.newOutputStream(part, StandardOpenOption.APPEND)
            : Files.newOutputStream(part)) {
      while (true) {
        int n;
        try {
          n = body.read(block);
        } catch (IOException e) {
          throw new Interrupted(e);
        }
        if (n < 0) {
          break;
        }
        out.write(block, 0, n);
        done += n;
        listener.accept(done);
        if (stop.getAsBoolean()) {
          return false;
        }
      }
    }
    if (done < total) {
      throw new Interrupted(new IOException("the connection ended after " + done + " bytes"));
    }
    return true;
  }

  private static IllegalArgumentException byHand(
      WeightCatalogue.Entry entry, Path target, Throwable cause) {
    String reason =
        cause instanceof UnknownHostException || cause instanceof ConnectException
            ? "no connection"
            : String.valueOf(cause.getMessage());
    return new IllegalArgumentException(
        "%s: could not be fetched (%s); expected a network, or a proxy in https_proxy. %s"
            .formatted(entry.url(), reason, manual(entry, target)),
        cause);
  }

  private static String manual(WeightCatalogue.Entry entry, Path target) {
    return "By hand: get it on another machine, put it at %1$s and run winnow weights check --as %2$s %1$s."
        .formatted(target, entry.name());
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
