using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>One token of an import, as it was written.</summary>
/// <param name="Place">The line, or the place in a document, from 1.</param>
/// <param name="Text">A token, a cookie string, or a JSON object with a token.</param>
/// <param name="Pool">The pool it stood under; null: none.</param>
internal readonly record struct ImportEntry(int Place, string Text, string? Pool);

/// <summary>Takes tokens out of what is imported: lines of tokens, cookies or objects, or one JSON document as other programs export it. Holds one piece at a time, however long all is.</summary>
internal sealed class ImportInput(PipeReader input)
{
    /// <summary>Bytes that one token may have with all that is said of it.</summary>
    public const int LongestEntry = 64 * 1024;

    /// <summary>Why reading ended before the input did; empty: it did not.</summary>
    public string Fault { get; private set; } = "";

    public static ImportInput Of(string text) => new(PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text))));

    public async IAsyncEnumerable<ImportEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ImportForm? form = null;
        List<ImportEntry> entries = [];
        for (var isLast = false; !isLast && Fault.Length == 0;)
        {
            var read = await input.ReadAsync(cancellationToken);
            (isLast, var buffer) = (read.IsCompleted, read.Buffer);
            var taken = buffer.Start;
            try
            {
                form ??= FormOf(buffer, isLast);
                taken = form?.Take(buffer, isLast, entries) ?? buffer.Start;
            }
            finally
            {
                // A body's reader that is left reading cannot be read to its end by the server either.
                input.AdvanceTo(taken, buffer.End);
            }

            Fault = form?.Fault ?? "";
            foreach (var entry in entries)
                yield return entry;
            entries.Clear();
        }

        await input.CompleteAsync();
    }

    /// <summary>Tells a document from lines, some of which may be objects. Null: more must be read for that.</summary>
    private static ImportForm? FormOf(in ReadOnlySequence<byte> buffer, bool isLast)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.IsNext("\uFEFF"u8, advancePast: true);
        reader.AdvancePastAny(" \t\r\n"u8);
        if (!reader.TryPeek(out var first))
            return isLast ? new ImportLines() : null;
        if (first == '[')
            return new ImportDocument();
        if (first != '{')
            return new ImportLines();
        var isWhole = reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n') && !reader.End;
        if (!isWhole && !isLast && buffer.Length < LongestEntry)
            return null;
        // An object per line: the next line begins with one again.
        var isFollowed = !line.IsEmpty && reader.TryPeek(out var next) && next == '{';
        return IsObjectOfToken(line.IsEmpty ? reader.UnreadSequence : line, isFollowed) ? new ImportLines() : new ImportDocument();
    }

    /// <summary>Whether the first line is {"token":"…"}, or broken with another object behind it; a document holds lists, or goes on.</summary>
    private static bool IsObjectOfToken(in ReadOnlySequence<byte> line, bool isFollowed)
    {
        var json = new Utf8JsonReader(line, isFinalBlock: false, new JsonReaderState(ImportDocument.Options));
        var (isToken, hasMembers) = (false, false);
        try
        {
            while (json.Read())
            {
                if (json.CurrentDepth != 1 || json.TokenType != JsonTokenType.PropertyName)
                    continue;
                hasMembers = true;
                isToken |= json.ValueTextEquals("token"u8);
            }

            return isToken;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader says InvalidOperation of a name with half a surrogate pair.
            return isToken || isFollowed || !hasMembers;
        }
    }
}

/// <summary>How an import is written.</summary>
internal abstract class ImportForm
{
    /// <summary>Why nothing more can be read; empty: it can.</summary>
    public string Fault { get; protected set; } = "";

    /// <summary>Takes what is whole.</summary>
    /// <returns>Up to where.</returns>
    public abstract SequencePosition Take(in ReadOnlySequence<byte> buffer, bool isLast, List<ImportEntry> entries);
}
