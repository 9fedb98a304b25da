using System.Collections.Concurrent;

namespace GrokForge.Simulator.GrokWeb.Upload;

/// <summary>A file that a token has uploaded.</summary>
public sealed record UploadedFile(string Id, string Token, string Name, string MimeType, ReadOnlyMemory<byte> Content);

/// <summary>The newest uploaded files; each belongs to the token that sent it.</summary>
internal sealed class UploadedFiles
{
    private const int Kept = 1_000;

    private readonly ConcurrentDictionary<string, UploadedFile> files = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> order = new();

    public IReadOnlyList<UploadedFile> All => [.. files.Values];

    public bool Has(string token, string id) => files.TryGetValue(id, out var file) && file.Token == token;

    public void Add(UploadedFile file)
    {
        files[file.Id] = file;
        order.Enqueue(file.Id);
        while (order.Count > Kept && order.TryDequeue(out var oldest))
        {
            files.TryRemove(oldest, out _);
        }
    }

    public void Clear()
    {
        files.Clear();
        order.Clear();
    }
}
