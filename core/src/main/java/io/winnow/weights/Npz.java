package io.winnow.weights;

import io.winnow.files.AtomicFile;
import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An npz archive of named arrays, stored or deflated. Opening reads the directory alone; an array
 * is read, and refused, only when it is asked for. For one thread.
 */
public final class Npz implements AutoCloseable {
  private static final String SUFFIX = ".npy";

  private final Path file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries;

  private Npz(Path file, ZipFile zip, Map<String, ZipEntry> entries) {
    this.file = file;
    this.zip = zip;
    this.entries = entries;
  }

  /** Opens an archive through its central directory. */
  public static Npz open(Path file) {
    try {
      ZipFile zip = new ZipFile(file.toFile());
      Map<String, ZipEntry> entries = new LinkedHashMap<>();
      zip.stream()
          .filter(entry -> !entry.isDirectory())
          .forEach(entry -> entries.put(arrayName(entry.getName()), entry));
      return new Npz(file, zip, entries);
    } catch (ZipException e) {
      throw new IllegalArgumentException(
          file
              + ": is not an npz archive or is cut short ("
              + e.getMessage()
              + "). Save it with numpy.savez.",
          e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private static String arrayName(String entry) {
    return entry.endsWith(SUFFIX) ? entry.substring(0, entry.length() - SUFFIX.length()) : entry;
  }

  /** Names of the arrays, in the order of the archive. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /** Shape of an array, from its header. */
  public long[] shape(String name) {
    try (ZipEntrySource source = source(name)) {
      return NpyHeader.read(source, where(name)).sizes();
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Reads one array whole. */
  public Tensor tensor(String name) {
    try (ZipEntrySource source = source(name)) {
      return Npy.read(source, NpyHeader.read(source, where(name)), where(name));
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Reads one vector of names, texts or integers. */
  public List<String> texts(String name) {
    try (ZipEntrySource source = source(name)) {
      return NpyTexts.read(source, where(name));
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Opens one array for reading row by row: memory stays that of the rows asked for. */
  public ArrayRows rows(String name) {
    try {
      ZipEntrySource source = source(name);
      return new ArrayRows(source, source::close, NpyHeader.read(source, where(name)), where(name));
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private ZipEntrySource source(String name) {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          file + ": has no array " + name + "; it has " + entries.keySet());
    }
    return new ZipEntrySource(zip, entry);
  }

  private String where(String name) {
    return file + "/" + name;
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Writes arrays under their names, deflated, atomically; the same arrays give the same bytes. */
  public static void write(Path file, Map<String, Tensor> arrays) {
    write(file, writer -> arrays.forEach(writer::add));
  }

  /** Writes an archive of arrays that need not fit into memory. */
  public static void write(Path file, Content content) {
    AtomicFile.write(
        file,
        out -> {
          try (Writer writer = new Writer(out)) {
            content.writeTo(writer);
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
        });
  }

  /** Something that fills an archive. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Writer writer);
  }

  /** An archive being written: arrays one after the other, each whole or row by row. */
  public static final class Writer implements AutoCloseable {
    /** A fixed date, so that equal content gives equal bytes. */
    private static final LocalDateTime DATE = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final ZipOutputStream zip;

    private Writer(OutputStream out) {
      zip = new ZipOutputStream(out);
      zip.setLevel(Deflater.BEST_SPEED);
    }

    /** Adds a whole array. */
    public void add(String name, Tensor array) {
      addRows(name, array.scalar_type(), rows -> rows.append(array), array.shape());
    }

    /**
     * Adds an array row by row.
     *
     * @param shape of the whole array; the first size is the number of rows
     */
    public void addRows(String name, ScalarType type, RowContent content, long... shape) {
      try (Scope scope = Scope.open()) {
        ZipEntry entry = new ZipEntry(name + SUFFIX);
        entry.setTimeLocal(DATE);
        zip.putNextEntry(entry);
        ElementType element = ElementType.of(type);
        zip.write(NpyHeader.bytes(element, shape));
        RowSink sink = new RowSink(zip, name, element);
        content.writeTo(sink);
        sink.checkComplete(shape);
        zip.closeEntry();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      zip.close();
    }
  }

  /** Something that fills one array, row by row. */
  @FunctionalInterface
  public interface RowContent {
    void writeTo(RowSink rows);
  }

  /** Takes the rows of one array. */
  public static final class RowSink {
    private final OutputStream out;
    private final String name;
    private final ElementType type;
    private long written;

    private RowSink(OutputStream out, String name, ElementType type) {
      this.out = out;
      this.name = name;
      this.type = type;
    }

    /** Appends some rows, of the type and the row shape of the array. */
    public void append(Tensor rows) {
      if (ElementType.of(rows) != type) {
        throw new IllegalArgumentException(
            "npz " + name + ": rows of " + ElementType.of(rows) + ", expected " + type);
      }
      try {
        TensorBytes.write(rows, out);
        written += rows.numel();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void checkComplete(long... shape) {
      if (written != ElementType.count(shape)) {
        throw new IllegalArgumentException(
            "npz "
                + name
                + ": "
                + written
                + " elements were written, shape "
                + Arrays.toString(shape)
                + " needs "
                + ElementType.count(shape));
      }
    }
  }
}
