using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.TokenPool.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class CountedLeases : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "recent",
                table: "tokenpool_tokens",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "recent",
                table: "tokenpool_tokens");
        }
    }
}
