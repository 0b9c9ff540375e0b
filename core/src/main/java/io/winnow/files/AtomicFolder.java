package io.winnow.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Writes a folder of several files beside its place, syncs them all and renames the folder:
 * complete or invisible.
 */
public final class AtomicFolder {
  private AtomicFolder() {}

  /**
   * Fills a temporary folder and puts it in the place of {@code target}. An existing {@code target}
   * is moved aside and deleted after the new one stands; between the two renames only the folder
   * named {@code .NAME.old} exists, which {@link #recover} puts back.
   *
   * @throws UncheckedIOException naming the path, when writing fails; an existing {@code target} is
   *     then as before
   */
  public static void write(Path target, AtomicFile.PathContent content) {
    Path temporary = AtomicFile.beside(target);
    Path old = old(target);
    try {
      Path parent = target.toAbsolutePath().getParent();
      Files.createDirectories(parent);
      delete(temporary);
      Files.createDirectories(temporary);
      content.writeTo(temporary);
      syncAll(temporary);
      delete(old);
      if (Files.exists(target)) {
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFile.syncFolder(parent);
      delete(old);
    } catch (IOException e) {
      cleanUp(target, temporary);
      throw FileFailure.unwritable(target, e);
    } catch (RuntimeException | Error e) {
      cleanUp(target, temporary);
      throw e;
    }
  }

  /**
   * Puts back a folder that an interrupted {@link #write} had moved aside; does nothing otherwise.
   */
  public static void recover(Path target) {
    try {
      Path old = old(target);
      if (!Files.exists(target) && Files.exists(old)) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          target + ": could not be restored (" + FileFailure.reason(e) + ")", e);
    }
  }

  /**
   * Deletes a folder with everything in it; nothing happens when it does not exist. Links are
   * removed, not followed.
   */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /**
   * Deletes what writers that were killed have left beside the places of their files and folders,
   * in a folder and below it. What a process of this machine still writes stays; the caller knows
   * that no other machine writes there.
   *
   * @throws UncheckedIOException naming the folder, when something cannot be read or deleted
   */
  public static void deleteAbandoned(Path folder) {
    try {
      Files.walkFileTree(folder, new Sweep());
    } catch (IOException e) {
      throw FileFailure.unwritable(folder, e);
    }
  }

  private static final class Sweep extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
        throws IOException {
      if (!AtomicFile.isAbandoned(dir)) {
        return FileVisitResult.CONTINUE;
      }
      delete(dir);
      return FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (AtomicFile.isAbandoned(file)) {
        Files.delete(file);
      }
      return FileVisitResult.CONTINUE;
    }

    /** What another process has renamed or deleted meanwhile. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }

  private static Path old(Path target) {
    return target.resolveSibling("." + target.getFileName() + ".old");
  }

  private static void syncAll(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            AtomicFile.sync(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
            AtomicFile.syncFolder(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void cleanUp(Path target, Path temporary) {
    try {
      delete(temporary);
    } catch (IOException e) {
      // The first failure is the one to report; the folder's name says that it is temporary.
      recover(target);
      return;
    }
    recover(target);
  }
}
