package io.winnow.config;

import io.winnow.config.YamlNode.Entry;
import io.winnow.config.YamlNode.Place;
import io.winnow.config.YamlNode.Section;
import io.winnow.files.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Strict YAML to records.
 *
 * <p>A record's components are the keys of its section, in camel case as they are written in Java.
 * Components may be records, {@code List}, {@code Map} with text keys, enums (constants in kebab
 * case), numbers, {@code boolean}, {@code String}, {@link Path}, or any type with a static {@code
 * parse(String)}; or {@link Given}, which takes any YAML; or sealed interfaces of records that a
 * key tells apart ({@link TaggedBy}). Scalars are read by the component's type and not by YAML's
 * guess. Unknown, missing and duplicate keys are errors, and all errors are reported together.
 *
 * <p>A file may begin with {@code extends: FILE}, relative to itself: it then says only what
 * differs from that file, which may extend another. Sections are merged key by key; lists are
 * replaced.
 *
 * <p>Defaults are YAML of the same shape, below the user's file. A section of the defaults that is
 * tagged {@code !optional} is null unless the user gives it (be it empty, <code>{}</code>); the
 * keys that the user leaves out then have the values that stand there. A key whose component is
 * marked {@link OrNull} may be left out everywhere.
 */
public final class StrictYaml {
  private static final String OVERRIDE = "--set";
  private static final String DEFAULTS = "defaults.yaml";

  private StrictYaml() {}

  /**
   * A configuration with every default written out.
   *
   * @param yaml the resolved configuration; reading it gives an equal record
   * @param sha256 hash of {@code yaml}
   * @param places where each path was written, for {@link #where}
   */
  public record Resolved<R>(R value, String yaml, String sha256, Map<String, String> places) {
    public Resolved {
      places = Map.copyOf(places);
    }

    /**
     * The beginning of a message about a value that turned out wrong later on, for example {@code
     * recipe.yaml:12 dataset.path}.
     */
    public String where(String path) {
      String place = places.get(path);
      return place == null ? path : place + " " + path;
    }
  }

  /**
   * Reads a file, with those that it extends, over the defaults, and overrides over the file.
   *
   * @param defaultsYaml the documented defaults; empty text for none
   * @param file the user's file, or null for the defaults alone
   * @param overrides {@code a.b=value} each, the value in YAML; the last one wins
   * @throws ConfigException with every problem
   */
  public static <R> Resolved<R> read(
      Class<R> type, String defaultsYaml, @OrNull Path file, List<String> overrides) {
    return read(type, defaultsYaml, file, List.of(), overrides);
  }

  /**
   * As {@link #read(Class, String, Path, List)}, with what another configuration says between the
   * file and the overrides. A problem with it is reported where it was written.
   *
   * @param given values by dotted key, the last one on top; sections are merged key by key
   */
  public static <R> Resolved<R> read(
      Class<R> type,
      String defaultsYaml,
      @OrNull Path file,
      List<Map<String, Given>> given,
      List<String> overrides) {
    List<Problem> problems = new ArrayList<>();
    Section defaults = YamlReader.section(defaultsYaml, DEFAULTS, problems);
    String name = file == null ? "recipe" : file.getFileName().toString();
    Section user =
        file == null ? YamlReader.section("", name, problems) : ExtendedFile.read(file, problems);
    if (defaults == null || user == null) {
      throw Problem.exception(problems);
    }
    given.forEach(layer -> layer.forEach((path, value) -> lay(user, path, value.node())));
    overrides.forEach(override -> set(user, override, problems));
    Section merged = defaults.under(user).settled();
    Binder binder = new Binder(problems, DEFAULTS, name);
    Object value = binder.bind(type, false, merged, "");
    if (!problems.isEmpty()) {
      throw Problem.exception(problems);
    }
    String yaml = YamlPrinter.print(type, merged);
    return new Resolved<>(type.cast(value), yaml, Sha256.of(yaml), binder.places());
  }

  private static void set(Section user, String override, List<Problem> problems) {
    Place place = new Place(OVERRIDE, 0);
    int equals = override.indexOf('=');
    if (equals < 1) {
      problems.add(
          new Problem(place, override, "no value; expected a key, \"=\" and a value, a.b=c."));
      return;
    }
    String path = override.substring(0, equals).strip();
    YamlNode value =
        new YamlReader(OVERRIDE + " " + path, false, problems).read(override.substring(equals + 1));
    if (value == null) {
      return;
    }
    Section section = parent(user, path, place);
    section.entries().put(last(path), new Entry(place, at(place, value)));
  }

  /** Puts a value under a dotted key; a section over the one that is there. */
  private static void lay(Section user, String path, YamlNode value) {
    Section section = parent(user, path, value.place());
    Entry before = section.entries().get(last(path));
    YamlNode after = value;
    if (value instanceof Section above) {
      Section own = above.settled(); // a copy: later layers write into it
      after = before != null && before.value() instanceof Section below ? below.under(own) : own;
    }
    section.entries().put(last(path), new Entry(value.place(), after));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The section that a dotted key stands in, made where it is not there. */
  private static Section parent(Section root, String path, Place place) {
    List<String> keys = List.of(path.split("\\.", -1));
    Section section = root;
    for (String key : keys.subList(0, keys.size() - 1)) {
      Entry entry = section.entries().get(key);
      if (entry == null || !(entry.value() instanceof Section)) {
        entry = new Entry(place, new Section(place, false));
        section.entries().put(key, entry);
      }
      section = (Section) entry.value();
    }
    return section;
  }

  /** A value of an override: its place is the override, the path says the rest. */
  private static YamlNode at(Place place, YamlNode node) {
    if (node instanceof YamlNode.Scalar scalar) {
      return new YamlNode.Scalar(place, scalar.text(), scalar.plain());
    }
    if (node instanceof YamlNode.Items items) {
      return new YamlNode.Items(place, items.items().stream().map(i -> at(place, i)).toList());
    }
    Section section = new Section(place, false);
    ((Section) node)
        .entries()
        .forEach((k, e) -> section.entries().put(k, new Entry(place, at(place, e.value()))));
    return section;
  }
}
