package io.winnow.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintTest {
  @TempDir Path folder;

  private Path file(String name, String text) {
    Path file = folder.resolve(name);
    AtomicFile.writeString(file, text);
    return file;
  }

  /** Another content of the same size with the old time put back, as {@code cp -p} leaves it. */
  static void replaceUnseen(Path file, byte[] content) throws IOException, InterruptedException {
    FileTime time = Files.getLastModifiedTime(file);
    Object changed = Files.getAttribute(file, "unix:ctime");
    do {
      Thread.sleep(2);
      Files.write(file, content);
      Files.setLastModifiedTime(file, time);
    } while (Files.getAttribute(file, "unix:ctime").equals(changed));
  }

  static void needsChangeTimes(Path folder) {
    assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this file system keeps no change times");
  }

  @Test
  void fingerprint_tellsNameSizeAndTime_butNotTheOrderOfAListing() throws IOException {
    Path a = file("set/cat/a.png", "one");
    String first = Fingerprint.of(folder.resolve("set"));
    assertThat(Fingerprint.of(folder.resolve("set"))).isEqualTo(first).hasSize(64);
    Files.setLastModifiedTime(a, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    String touched = Fingerprint.of(folder.resolve("set"));
    assertThat(touched).isNotEqualTo(first);
    Files.move(a, folder.resolve("set/cat/b.png"));
    String renamed = Fingerprint.of(folder.resolve("set"));
    assertThat(renamed).isNotEqualTo(touched);
    file("set/cat/c.png", "two");
    assertThat(Fingerprint.of(folder.resolve("set"))).isNotEqualTo(renamed);
    assertThatThrownBy(() -> Fingerprint.of(folder.resolve("none")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none");
  }

  @Test
  void fingerprint_ofAFileReplacedWithItsSizeAndTimeKept_isAnother() throws Exception {
    needsChangeTimes(folder);
    Path a = file("set/a.png", "one");
    String first = Fingerprint.of(folder.resolve("set"));
    replaceUnseen(a, "two".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(Fingerprint.of(folder.resolve("set"))).isNotEqualTo(first);
  }

  /** Data sets follow links, so what is behind one belongs to them. */
  @Test
  void fingerprint_ofALinkedFolder_seesWhatChangesInIt() throws IOException {
    Path behind = file("elsewhere/a.png", "one");
    Files.createDirectories(folder.resolve("set"));
    Files.createSymbolicLink(folder.resolve("set/cat"), behind.getParent());
    Files.createSymbolicLink(folder.resolve("set/broken"), folder.resolve("nowhere"));
    String first = Fingerprint.of(folder.resolve("set"));
    file("elsewhere/a.png", "another");
    assertThat(Fingerprint.of(folder.resolve("set"))).isNotEqualTo(first);
  }

  @Test
  void state_isQuiet_onceBothTimesAreOld() {
    Instant now = Instant.parse("2026-01-01T00:00:10Z");
    Duration two = Duration.ofSeconds(2);
    assertThat(new FileState(1, "2026-01-01T00:00:07.5Z", null, null).quietFor(two, now)).isTrue();
    assertThat(new FileState(1, "2026-01-01T00:00:08Z", null, null).quietFor(two, now)).isFalse();
    assertThat(
            new FileState(1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z", null)
                .quietFor(two, now))
        .isFalse();
    assertThat(
            new FileState(1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", null)
                .quietFor(two, now))
        .isTrue();
  }
}
