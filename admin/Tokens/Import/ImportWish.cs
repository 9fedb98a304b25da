using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using GrokForge.Contracts.Tokens;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>What is asked for all tokens of an import; what an entry says of itself outranks it.</summary>
/// <param name="Pool">Canonical.</param>
/// <param name="IsDryRun">Only tell what would become of each.</param>
internal sealed record ImportWish(string Pool, int Priority, bool IsDisabled, string Remark, bool IsDryRun)
{
    /// <summary>Imports entries; one result per entry, in order, with its place.</summary>
    public async IAsyncEnumerable<(int Place, ImportTokenResult Result)> ImportAsync(
        ITokenAdmin tokens, IAsyncEnumerable<ImportEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Results come in the order of the lines, so the places of those under way are all that has to be kept.
        var places = new ConcurrentQueue<int>();
        await foreach (var result in tokens.ImportAsync(LinesAsync(entries, places, cancellationToken), cancellationToken))
        {
            places.TryDequeue(out var place);
            yield return (place, result);
        }
    }

    private async IAsyncEnumerable<ImportTokenLine> LinesAsync(
        IAsyncEnumerable<ImportEntry> entries, ConcurrentQueue<int> places, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            places.Enqueue(entry.Place);
            yield return new ImportTokenLine
            {
                Text = entry.Text,
                Pool = entry.Pool ?? Pool,
                Priority = Priority,
                Status = IsDisabled ? "disabled" : "active",
                Remark = Remark,
                DryRun = IsDryRun,
            };
        }
    }
}
