package io.winnow.weights.hub;

import io.winnow.files.FileFailure;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
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
   * @param progress told of a task with the file's name, in KiB; the total is 0 where the server
   *     does not say
   * @param stop asked after every block; what came so far stays for the next time
   * @return the check of the file
   * @throws Interrupted when {@code stop} says so; the same call goes on
   * @throws IllegalArgumentException when the server or the network fails, with what to do by hand,
   *     or when the file is not the published one
   * @throws UncheckedIOException when the disk fails
   */
  public WeightCatalogue.Check fetch(
      WeightCatalogue.Entry entry, Path folder, Progress progress, BooleanSupplier stop) {
    Path target = folder.resolve(entry.fileName());
    WeightCatalogue.Check present = WeightCatalogue.check(entry, target);
    if (present.verdict() == WeightCatalogue.Verdict.DIFFERENT) {
      throw new IllegalArgumentException(present.detail());
    }
    if (present.usable()) {
      return present;
    }
    Path part = folder.resolve(entry.fileName() + PART);
    transfer(entry, target, part, progress, stop);
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

  /** Tries until everything came. */
  private void transfer(
      WeightCatalogue.Entry entry,
      Path target,
      Path part,
      Progress progress,
      BooleanSupplier stop) {
    try {
      Files.createDirectories(part.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw FileFailure.unwritable(part, e);
    }
    try (Transfer told = new Transfer(progress, entry.fileName())) {
      for (int attempt = 1; ; attempt++) {
        try {
          attempt(entry, target, part, told, stop);
          return;
        } catch (BrokenOff e) {
          if (attempt == ATTEMPTS) {
            throw byHand(entry, target, e.getCause());
          }
        }
      }
    }
  }

  /** A transfer, with all its attempts, as one task: it begins with the first block that came. */
  private static final class Transfer implements AutoCloseable {
    private final Progress progress;
    private final String name;
    private boolean begun;

    Transfer(Progress progress, String name) {
      this.progress = progress;
      this.name = name;
    }

    void at(long doneBytes, long totalBytes) {
      if (!begun) {
        progress.begin(name, "KiB", totalBytes >> 10, doneBytes >> 10);
        begun = true;
      }
      progress.step(doneBytes >> 10, "");
    }

    @Override
    public void close() {
      if (begun) {
        progress.end();
      }
    }
  }

  /** A transfer that broke off and may go on. */
  private static final class BrokenOff extends Exception {
    private static final long serialVersionUID = 1;

    BrokenOff(IOException cause) {
      super(cause);
    }
  }

  private void attempt(
      WeightCatalogue.Entry entry, Path target, Path part, Transfer told, BooleanSupplier stop)
      throws BrokenOff {
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
        requireWhole(entry, part, have);
        return;
      }
      if (status != OK && status != PARTIAL) {
        throw new IllegalArgumentException(
            "%s: the server answered %d; expected the file. %s"
                .formatted(entry.url(), status, manual(entry, target)));
      }
      long start = status == PARTIAL ? have : 0;
      OptionalLong length = response.headers().firstValueAsLong("Content-Length");
      long total = length.isPresent() ? start + length.getAsLong() : 0;
      LongConsumer bytes =
          done -> {
            guard.progress();
            told.at(done, total);
            if (stop.getAsBoolean()) {
              throw new Interrupted("weights fetch " + entry.name());
            }
          };
      copy(body, part, start, total, bytes);
    } catch (IOException e) {
      throw FileFailure.unwritable(part, e);
    }
  }

  /** The server has no byte after those that came: they are all, or not of this file. */
  private static void requireWhole(WeightCatalogue.Entry entry, Path part, long have)
      throws IOException, BrokenOff {
    if (!WeightCatalogue.check(entry, part).usable()) {
      Files.delete(part);
      throw new BrokenOff(new IOException(have + " bytes of another file were here before"));
    }
  }

  private HttpResponse<InputStream> send(
      WeightCatalogue.Entry entry, Path target, HttpRequest request) throws BrokenOff {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException | UnknownHostException e) {
      throw byHand(entry, target, e);
    } catch (IOException e) {
      throw new BrokenOff(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while fetching " + entry.url(), e);
    }
  }

  /**
   * Appends what comes.
   *
   * @param written told the bytes on the disk after every block; may throw, and the blocks stay
   */
  private static void copy(
      InputStream body, Path part, long start, long total, LongConsumer written)
      throws IOException, BrokenOff {
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
          throw new BrokenOff(e);
        }
        if (n < 0) {
          break;
        }
        out.write(block, 0, n);
        done += n;
        written.accept(done);
      }
    }
    if (done < total) {
      throw new BrokenOff(new IOException("the connection ended after " + done + " bytes"));
    }
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
